import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toReplyText } from "../../../db/delivery/reply-text.ts";
import { findConversationOwner } from "../../../db/conversations/open-conversation.ts";
import { openOutboundTurn } from "../../../db/turns/outbound-turns.ts";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { inbox } from "../../../db/schema/conversations.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { sendTelegram } from "../../support/channels/send-telegram.ts";

const SEND = { path: "/bot*/sendMessage" } as const;
const PARTS = ["part one", "part two", "part three", "part four"];
const RETRY_AFTER_S = 30;
const BUSY = 4_100_001;
const OTHER = 4_100_002;

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
afterAll(() => parley.close());

const awaitAnswered = (id: string) =>
  eventually(`a reply to ${id}`, async () =>
    (await findMessageOutcomes(parley.db, [id])).find(({ state }) => state === "answered"),
  );
const textsTo = async (chat: number) => {
  const response = await fetch(`${parley.vendors.telegram}/__control/messages`);
  const { messages } = (await response.json()) as { messages: { to: string; text: string; time: string }[] };
  return messages.filter(({ to }) => to === String(chat));
};

async function conversationOf(messageId: string): Promise<string> {
  const [row] = await parley.db
    .select({ id: inbox.conversationId })
    .from(inbox)
    .where(eq(inbox.providerMessageId, messageId));
  if (row === undefined) throw new Error(`${messageId} was not stored.`);
  return row.id;
}

/** The reasons why the parts of the reply to this message are not sent yet. */
async function codesOf(messageId: string): Promise<(string | null)[]> {
  const rows = await parley.db
    .select({ code: deliveries.code })
    .from(deliveries)
    .innerJoin(inbox, eq(inbox.turnId, deliveries.turnId))
    .where(eq(inbox.providerMessageId, messageId));
  return rows.map(({ code }) => code);
}

async function replyInParts(conversationId: string): Promise<string> {
  const owner = await findConversationOwner(parley.db, parley.config.PARLEY_TENANT, conversationId);
  const origin = { kind: "agent", agent: "ada", via: "parley" } as const;
  const turn = { key: "four-parts", origin, parts: PARTS.map(toReplyText) };
  return await parley.db.transaction(
    async (tx) => (await openOutboundTurn(tx, createConfiguredVault(parley.config), owner, turn)).turnId,
  );
}

describe(`when the vendor responds to part 2 of 4 with 429 and ${RETRY_AFTER_S} s`, () => {
  it("the parts stay in order, none is sent twice, a later reply to that contact waits, and replies to other contacts do not", async () => {
    const first = await sendTelegram(parley, { chat: BUSY, text: "Can I return a bell?" });
    await awaitAnswered(first.id);
    const tooMany = {
      ok: false,
      error_code: 429,
      description: `Too Many Requests: retry after ${RETRY_AFTER_S}`,
      parameters: { retry_after: RETRY_AFTER_S },
    };
    parley.telegram.faults.replace([
      // The first part is accepted.
      { match: SEND, times: 1, fault: { delay_ms: 1 } },
      { match: SEND, times: 1, fault: { status: 429, body: JSON.stringify(tooMany) } },
    ]);
    const turnId = await replyInParts(await conversationOf(first.id));
    await eventually("the 429", async () => parley.telegram.faults.list()[1]?.fired === 1);
    const other = await sendTelegram(parley, { chat: OTHER, text: "Can I return a lamp?" });
    await awaitAnswered(other.id);
    const later = await sendTelegram(parley, { chat: BUSY, text: "Can I return a horn?" });
    await eventually("the later reply at the gate", async () =>
      (await codesOf(later.id)).includes("earlier_reply"),
    );
    // The other contact was answered while the remaining parts were waiting.
    expect((await textsTo(BUSY)).slice(1).map(({ text }) => text)).toEqual([PARTS[0]]);
    const isDelivered = async () => {
      const rows = await parley.db.select().from(deliveries).where(eq(deliveries.turnId, turnId));
      return rows.every(({ state }) => state === "accepted");
    };
    await eventually("all four parts", isDelivered, 90_000);
    await awaitAnswered(later.id);
    const texts = await textsTo(BUSY);
    expect(texts.slice(1, -1).map(({ text }) => text)).toEqual(PARTS);
    expect(texts).toHaveLength(6);
    const [one, two] = texts.slice(1).map(({ time }) => new Date(time).getTime());
    expect((two ?? 0) - (one ?? 0)).toBeGreaterThanOrEqual(RETRY_AFTER_S * 1_000);
    const attempts = await parley.db.select().from(deliveries).where(eq(deliveries.turnId, turnId));
    expect(attempts.toSorted((a, b) => a.part - b.part).map(({ attempt }) => attempt)).toEqual([1, 2, 1, 1]);
  }, 150_000);
});
