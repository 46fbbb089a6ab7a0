import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resumeConversation } from "../../../db/conversations/pause.ts";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { conversations, inbox } from "../../../db/schema/conversations.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  // A high rate limit, so that only the loop breaker stops the exchange.
  parley = await openInstallation({
    env: { PARLEY_CONTACT_RATE_BURST: "1000", PARLEY_CONTACT_RATE_PER_MINUTE: "60000" },
  });
});
afterAll(() => parley.close());

const awaitEnd = (id: string) =>
  eventually(`an end of ${id}`, async () =>
    (await findMessageOutcomes(parley.db, [id])).find(
      ({ state }) => state !== "pending" && state !== "in_turn",
    ),
  );
const repliesTo = async (to: string) => (await parley.replies()).filter((reply) => reply.to === to);

/** Sends a message after each reply until a message gets none; returns the number of replies. */
async function converse(from: string, textOf: (turn: number) => string, atMost: number): Promise<number> {
  for (let turn = 0; turn < atMost; turn++) {
    const { id } = await parley.sendWebhook({ from, text: textOf(turn) });
    const { state, reason } = await awaitEnd(id);
    if (state !== "answered") {
      expect([state, reason]).toEqual(["suppressed", "loop"]);
      return turn;
    }
  }
  return atMost;
}

async function readPause(messageFrom: string) {
  const [row] = await parley.db
    .select({ id: conversations.id, reason: conversations.pauseReason })
    .from(conversations)
    .innerJoin(inbox, eq(inbox.conversationId, conversations.id))
    .where(eq(inbox.providerMessageId, messageFrom));
  return row;
}

describe("two machines that answer each other", () => {
  it("the loop is stopped within 12 exchanges when the other machine replies as fast as Parley, and costs nothing afterwards", async () => {
    const answered = await converse(
      "fast-bot",
      (turn) => `What about ${"abcdefghijklmnopqrstuvwxyz".slice(turn)}?`,
      20,
    );
    expect(answered).toBeLessThanOrEqual(12);
    expect(answered).toBeGreaterThan(4);
    const calls = parley.openai.log.entries().length;
    const { id } = await parley.sendWebhook({ from: "fast-bot", text: "And what now?" });
    expect(await awaitEnd(id)).toMatchObject({ state: "suppressed", reason: "conversation_paused" });
    expect(parley.openai.log.entries()).toHaveLength(calls);
    expect(await repliesTo("fast-bot")).toHaveLength(answered);
  });

  it("the loop is stopped at the fourth identical automatic reply; numbers are ignored in the comparison", async () => {
    const buildText = (turn: number) =>
      `Thank you for your message. Your ticket is ${4_000 + turn}. We are out of office.`;
    expect(await converse("auto-reply", buildText, 8)).toBe(3);
  });

  it("the conversation continues when an operator resumes it, and the loop check starts again", async () => {
    const buildText = (turn: number) => `I am away on holiday until Monday at ${turn} o'clock.`;
    expect(await converse("holiday", buildText, 8)).toBe(3);
    const { id } = await parley.sendWebhook({ from: "holiday", text: "I am back" });
    await awaitEnd(id);
    const paused = await readPause(id);
    expect(paused?.reason).toBe("loop");
    await resumeConversation(parley.db, paused?.id ?? "");
    const again = await parley.sendWebhook({ from: "holiday", text: "Can I return a bell?" });
    expect(await awaitEnd(again.id)).toMatchObject({ state: "answered" });
  });
});
