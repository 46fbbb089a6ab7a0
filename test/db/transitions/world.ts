import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { toReplyText } from "../../../db/delivery/reply-text.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import { findTurnScope } from "../../../db/conversations/transcript.ts";
import { recordReply } from "../../../db/delivery/deliveries.ts";
import { type AttemptOutcome, settleAttempt } from "../../../db/delivery/settle-attempt.ts";
import { type GateVerdict, openGate } from "../../../db/delivery/gate.ts";
import { applyWatermark, type NewReceipt, storeReceipt } from "../../../db/delivery/receipts.ts";
import { createEventEndpoint, type EventEndpoint } from "../../../db/events/event-endpoints.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import { storeMessageChange } from "../../../db/inbound/message-changes.ts";
import type { inbox } from "../../../db/schema/conversations.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { channelAccounts, tenants } from "../../../db/schema/tenants.ts";
import { replayDeadLetter } from "../../../db/dead-letters/replay-dead-letter.ts";
import { acquireLoneMessage, acquireTurn, findInboxRow } from "../../../db/turns/acquire-turn.ts";
import { readTurn } from "../../../db/turns/read-turn.ts";
import { finishTurn, type TurnOutcome } from "../../../db/turns/finish-turn.ts";
import { newMessage } from "../../support/new-message.ts";
import type { Vault } from "../../../db/connection/vault.ts";

type Part = typeof deliveries.$inferSelect;
type InboxRow = typeof inbox.$inferSelect;

const CHANNEL = "webhook";
/** The quiet window is over for every message. */
const NO_QUIET = { capMs: 0, capMessages: 1 };

/** One tenant with an account and an endpoint, and the operations of a reply as short verbs. */
export async function createWorld(db: Database, vault: Vault) {
  const tenantId = randomUUID();
  const account = { tenantId, channel: CHANNEL, accountId: tenantId };
  const endpoint = await addTenant(db, vault, account);

  async function store(contact: string, suppressed: string | null = null): Promise<InboxRow> {
    const message = newMessage(account, { from: contact });
    await storeInbound(db, vault, suppressed === null ? message : { ...message, suppressed });
    return await findInboxRow(db, message);
  }

  async function takeBack(contact: string, { providerMessageId }: InboxRow): Promise<void> {
    const { channel, accountId, thread } = newMessage(account, { from: contact });
    const target = { changeId: randomUUID(), targetMessageId: providerMessageId, kind: "delete" as const };
    const change = { tenantId, channel, accountId, from: contact, thread, text: "", providerTime: null };
    await storeMessageChange(db, vault, { ...change, ...target });
  }

  /** The turn that the workflow of a message works on now, or null. */
  async function acquire(row: InboxRow): Promise<string | null> {
    const acquisition = (await acquireLoneMessage(db, row)) ?? (await acquireTurn(db, row, NO_QUIET));
    return acquisition.kind === "acquired" ? acquisition.turnId : null;
  }

  async function record(turnId: string, texts: readonly string[] = ["An answer."]): Promise<void> {
    const turn = await readTurn(db, vault, { turnId, tier: "full_context" });
    await recordReply(db, vault, turn, {
      parts: texts.map(toReplyText),
      tier: "full_context",
      reason: null,
      model: null,
    });
  }

  async function finish(turnId: string, outcome: TurnOutcome): Promise<void> {
    await finishTurn(db, { turnId, outcome, reason: outcome === "answered" ? null : "test" });
  }

  /** Null where no turn has parts yet. */
  async function findPart(turnId: string): Promise<Part | null> {
    const [part] = await db.select().from(deliveries).where(eq(deliveries.turnId, turnId));
    return part ?? null;
  }

  async function gate(part: Part, act: "send" | "suppress" | "supersede"): Promise<void> {
    const verdicts: Record<typeof act, GateVerdict> = {
      send: { act: "send", template: false },
      suppress: { act: "suppress", reason: "test" },
      supersede: { act: "supersede" },
    };
    const reroute = () => Promise.reject(new Error("No verdict reroutes."));
    const scope = await findTurnScope(db, part.turnId);
    await openGate(db, { scope, part, policy: () => verdicts[act], reroute });
  }

  async function settle(part: Part, state: AttemptOutcome["state"]): Promise<void> {
    const accepted = state === "accepted" ? { providerId: part.id, acceptedAt: new Date() } : {};
    await settleAttempt(db, part, { state, ...accepted });
  }

  /** `withOurId`: the receipt also carries the id that we sent with the part. */
  async function receive(part: Part, state: NewReceipt["state"], withOurId = false): Promise<void> {
    const receipt = { ...account, providerId: part.id, state, code: null, providerTime: null };
    await storeReceipt(db, withOurId ? { ...receipt, deliveryId: part.id } : receipt);
  }

  async function receiveWatermark(part: Part, state: "delivered" | "read"): Promise<void> {
    await applyWatermark(db, part, { state, through: new Date() });
  }

  async function replay(id: string): Promise<void> {
    await replayDeadLetter(db, vault, { tenantId, id, acceptDuplicates: false });
  }

  /** A turn whose first part is in the state that follows from these steps. */
  async function openReply(contact: string): Promise<{ turnId: string; part: Part }> {
    const turnId = await acquire(await store(contact));
    if (turnId === null) throw new Error(`${contact} has a turn that is not closed.`);
    await record(turnId);
    return { turnId, part: await requirePart(turnId) };
  }

  async function requirePart(turnId: string): Promise<Part> {
    const part = await findPart(turnId);
    if (part === null) throw new Error(`The turn ${turnId} has no parts.`);
    return part;
  }

  const verbs = { store, takeBack, acquire, record, finish, findPart, requirePart, gate, settle };
  return { db, vault, tenantId, endpoint, ...verbs, receive, receiveWatermark, replay, openReply };
}

export type World = Awaited<ReturnType<typeof createWorld>>;

async function addTenant(
  db: Database,
  vault: Vault,
  { tenantId, channel, accountId }: { tenantId: string; channel: string; accountId: string },
): Promise<EventEndpoint> {
  await db.insert(tenants).values({ id: tenantId, businessName: "b", dailyBudgetUsd: 50 });
  const address = "https://replies.test";
  await db
    .insert(channelAccounts)
    .values({ channel, id: accountId, tenantId, address, secrets: Buffer.alloc(1) });
  const settings = { tenantId, url: "https://events.test", types: [], includeText: false };
  const endpoint = await createEventEndpoint(db, vault, settings);
  if (endpoint === null) throw new Error("The tenant has too many endpoints.");
  return endpoint;
}
