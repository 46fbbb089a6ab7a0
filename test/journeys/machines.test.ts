import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resumeConversation } from "../../db/holds.ts";
import { outcomesOf } from "../../db/outcomes.ts";
import { conversations, inbox } from "../../db/schema/conversations.ts";
import { eventually } from "../support/eventually.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  // A generous rate: what halts the exchange here is the loop breaker alone.
  parley = await openInstallation({
    env: { PARLEY_CONTACT_RATE_BURST: "1000", PARLEY_CONTACT_RATE_PER_MINUTE: "60000" },
  });
});
afterAll(() => parley.close());

const end = (id: string) =>
  eventually(`an end of ${id}`, async () =>
    (await outcomesOf(parley.db, [id])).find(({ state }) => state !== "pending" && state !== "in_turn"),
  );
const repliesTo = async (to: string) => (await parley.replies()).filter((reply) => reply.to === to);

/** Answers each of our replies until there is none; gives how often it was answered. */
async function converse(from: string, sayings: (turn: number) => string, atMost: number): Promise<number> {
  for (let turn = 0; turn < atMost; turn++) {
    const { id } = await parley.sendWebhook({ from, text: sayings(turn) });
    const { state, reason } = await end(id);
    if (state !== "answered") {
      expect([state, reason]).toEqual(["suppressed", "loop"]);
      return turn;
    }
  }
  return atMost;
}

async function pauseOf(messageFrom: string) {
  const [row] = await parley.db
    .select({ id: conversations.id, reason: conversations.pauseReason })
    .from(conversations)
    .innerJoin(inbox, eq(inbox.conversationId, conversations.id))
    .where(eq(inbox.providerMessageId, messageFrom));
  return row;
}

describe("two machines that answer each other", () => {
  it("are halted within 12 exchanges when the other one writes as fast as we do, and cost nothing afterwards", async () => {
    const answered = await converse(
      "fast-bot",
      (turn) => `What about ${"abcdefghijklmnopqrstuvwxyz".slice(turn)}?`,
      20,
    );
    expect(answered).toBeLessThanOrEqual(12);
    expect(answered).toBeGreaterThan(4);
    const calls = parley.openai.log.entries().length;
    const { id } = await parley.sendWebhook({ from: "fast-bot", text: "And what now?" });
    expect(await end(id)).toMatchObject({ state: "suppressed", reason: "conversation_paused" });
    expect(parley.openai.log.entries()).toHaveLength(calls);
    expect(await repliesTo("fast-bot")).toHaveLength(answered);
  });

  it("are halted at the fourth identical automatic reply, whatever number stands in it", async () => {
    const say = (turn: number) =>
      `Thank you for your message. Your ticket is ${4_000 + turn}. We are out of office.`;
    expect(await converse("auto-reply", say, 8)).toBe(3);
  });

  it("go on when an operator says so, and are looked at anew", async () => {
    const say = (turn: number) => `I am away on holiday until Monday at ${turn} o'clock.`;
    expect(await converse("holiday", say, 8)).toBe(3);
    const { id } = await parley.sendWebhook({ from: "holiday", text: "I am back" });
    await end(id);
    const paused = await pauseOf(id);
    expect(paused?.reason).toBe("loop");
    await resumeConversation(parley.db, paused?.id ?? "");
    const again = await parley.sendWebhook({ from: "holiday", text: "Can I return a bell?" });
    expect(await end(again.id)).toMatchObject({ state: "answered" });
  });
});
