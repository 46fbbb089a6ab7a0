import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { createAdmit } from "../../activities/admit.ts";
import type { OutboundChannel, SendOutcome } from "../../activities/channels/channel.ts";
import { createWebhookChannel } from "../../activities/channels/webhook.ts";
import { createDeadLetterTurn } from "../../activities/dead-letter-turn.ts";
import { createDeliver } from "../../activities/deliver.ts";
import type { Database } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import { takeOverConversation } from "../../db/conversations/takeover.ts";
import { storeInbound } from "../../db/inbound/inbox.ts";
import { contacts } from "../../db/schema/contacts.ts";
import { conversations, inbox } from "../../db/schema/conversations.ts";
import { deliveries } from "../../db/schema/deliveries.ts";
import type { tenants } from "../../db/schema/tenants.ts";
import { turns } from "../../db/schema/turns.ts";
import { planAnswer } from "../../db/tenants/budgets.ts";
import type { EgressGuard } from "../../infra/runtime/network/egress-guard.ts";
import { newMessage } from "../support/new-message.ts";
import { seedReply } from "../support/activities/seed-reply.ts";
import type { SeededTurn } from "../support/seed-turns.ts";

export interface Stores {
  db: Database;
  vault: Vault;
}

/** One step in a given world. `run` is one attempt, with the database of the process that makes it. */
export interface Scenario {
  tenantId: string;
  /** The texts that the vendor has, each once: it drops a repeated id. */
  sent(): string[];
  run(db: Database): Promise<unknown>;
}

const DAY_MS = 86_400_000;
const URL = "http://vendor.test";

function createVendor(respond: (text: string) => SendOutcome) {
  const taken = new Map<string, string>();
  const channel: OutboundChannel = {
    ...createWebhookChannel({ egress: {} as EgressGuard, now: () => new Date(), random: Math.random }),
    replyWindowMs: DAY_MS,
    async send({ deliveryId, text }) {
      const outcome = respond(text);
      if (outcome.kind === "accepted") taken.set(deliveryId, text);
      return outcome;
    },
  };
  return { channel, sent: () => [...taken.values()] };
}

const ACCEPTED: SendOutcome = { kind: "accepted", providerId: randomUUID() };
const refuse = (refusal: "optout" | "gone" | "permanent"): SendOutcome => ({
  kind: "refused",
  class: refusal,
  code: "test",
  retryAfterMs: null,
});

type Prepare = (stores: Stores, seeded: SeededTurn) => Promise<unknown>;

/** The delivery of a reply in two parts, in a world that `prepare` has changed. */
function deliveryOf(
  prepare: Prepare,
  {
    outcome = ACCEPTED,
    tenant = {},
  }: { outcome?: SendOutcome; tenant?: Partial<typeof tenants.$inferInsert> } = {},
) {
  return async (stores: Stores): Promise<Scenario> => {
    const { channel, sent } = createVendor(() => outcome);
    const seeded = await seedReply(stores.db, stores.vault, {
      address: URL,
      texts: ["One.", "Two."],
      tenant,
    });
    await addQuestion(stores, seeded);
    await prepare(stores, seeded);
    const { turnId, tenantId } = seeded.scope;
    const run = async (db: Database) => {
      const channels = { webhook: channel };
      const sendRates = { take: async () => 0 };
      return await createDeliver({
        outages: { holdMs: () => 0 },
        db,
        vault: stores.vault,
        channels,
        sendRates,
      })({ turnId });
    };
    return { tenantId, sent, run };
  };
}

/** The message that the turn answers. */
async function addQuestion({ db, vault }: Stores, { scope, address }: SeededTurn): Promise<void> {
  const message = newMessage(scope, { from: address, workflowId: scope.workflowId });
  await storeInbound(db, vault, message);
  await db
    .update(inbox)
    .set({ state: "in_turn", turnId: scope.turnId })
    .where(eq(inbox.workflowId, message.workflowId));
}

const addNewer: Prepare = async ({ db, vault }, { scope, address }) =>
  await storeInbound(db, vault, newMessage(scope, { from: address, text: "One more thing" }));

/** A second conversation of the contact with an open reply window, while the window of this one is closed. */
const addLinked: Prepare = async ({ db, vault }, { scope, address }) => {
  const message = newMessage(scope, { from: `${address}-linked`, suppressed: "test" });
  const { conversationId } = await storeInbound(db, vault, message);
  const linkId = randomUUID();
  await db.update(contacts).set({ linkId }).where(eq(contacts.tenantId, scope.tenantId));
  await db
    .update(conversations)
    .set({ lastInboundAt: sql`now() - interval '2 days'` })
    .where(eq(conversations.id, scope.conversationId));
  await db
    .update(conversations)
    .set({ lastInboundAt: sql`now()` })
    .where(eq(conversations.id, conversationId));
};

/** The admission of a message with this text, by a tenant with this budget. */
function admissionOf(fields: Parameters<typeof newMessage>[1] | object, dailyBudgetUsd = 50) {
  return async (stores: Stores): Promise<Scenario> => {
    const seeded = await seedReply(stores.db, stores.vault, { address: URL, tenant: { dailyBudgetUsd } });
    const { scope, address } = seeded;
    await stores.db.delete(deliveries).where(eq(deliveries.turnId, scope.turnId));
    await stores.db.delete(turns).where(eq(turns.id, scope.turnId));
    await stores.db
      .update(conversations)
      .set({ turnOwner: null })
      .where(eq(conversations.id, scope.conversationId));
    const message = newMessage(scope, { from: address, ...fields });
    await storeInbound(stores.db, stores.vault, message);
    const run = async (db: Database) =>
      await createAdmit({
        db,
        vault: stores.vault,
        limiter: { take: async () => ({ allowed: true }) },
        quiet: { capMs: 0, capMessages: 1 },
        placeModelCall: () => "main_queue",
        outages: { holdMs: () => 0 },
        reservationUsd: 0.5,
      })(message);
    return { tenantId: scope.tenantId, sent: () => [], run };
  };
}

/** A dead letter of a turn with a reservation. */
async function failureOf(stores: Stores): Promise<Scenario> {
  const seeded = await seedReply(stores.db, stores.vault, { address: URL });
  await addQuestion(stores, seeded);
  const { turnId, tenantId } = seeded.scope;
  await planAnswer(stores.db, { turnId, usd: 0.5 });
  const run = async (db: Database) =>
    await createDeadLetterTurn({ db, build: "test" })({ turnId, reason: "poison:test" });
  return { tenantId, sent: () => [], run };
}

const REGENERATE = { tenant: { supersede: "regenerate" } } as const;
const change = async () => undefined;

export const SCENARIOS: Readonly<Record<string, (stores: Stores) => Promise<Scenario>>> = {
  "a reply is sent": deliveryOf(change),
  "a reply is sent, and a newer message waits": deliveryOf(addNewer),
  "a newer message supersedes the reply": deliveryOf(addNewer, REGENERATE),
  "an agent has taken over": deliveryOf(
    async ({ db }, { scope }) => await takeOverConversation(db, scope.conversationId, "ada"),
  ),
  "the reply goes to a linked conversation": deliveryOf(addLinked),
  "the vendor reports an opt-out": deliveryOf(change, { outcome: refuse("optout") }),
  "the receiver is gone": deliveryOf(change, { outcome: refuse("gone") }),
  "the vendor refuses the text": deliveryOf(change, { outcome: refuse("permanent") }),
  "a message is admitted": admissionOf({}),
  "a message is admitted without budget": admissionOf({}, 0),
  "a contact says STOP": admissionOf({ text: "STOP", keyword: "stop" }),
  "a contact asks for an agent": admissionOf({ text: "agent", keyword: "agent" }),
  "a turn becomes a dead letter": failureOf,
};
