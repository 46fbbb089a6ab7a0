import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({
    env: {
      // Long enough for fifty messages to arrive while both cores are busy.
      PARLEY_QUIET_WINDOW_WEBHOOK_MS: "4000",
      PARLEY_QUIET_CAP_MS: "20000",
      PARLEY_QUIET_CAP_MESSAGES: "300",
      PARLEY_CONTACT_RATE_BURST: "500",
    },
  });
});
afterAll(() => parley.close());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const awaitEnds = (ids: string[], withinMs = 60_000) =>
  eventually(
    `ends of ${ids.length} messages`,
    async () => {
      const rows = await findMessageOutcomes(parley.db, ids);
      const isOpen = ({ state }: { state: string }) => state === "pending" || state === "in_turn";
      return rows.length === ids.length && !rows.some(isOpen) ? rows : null;
    },
    withinMs,
  );

/** The lines of the contact in each prompt that contains this text, in order. */
function readPrompts(word: string): string[][] {
  return parley.openai.log
    .entries()
    .filter(({ path }) => path === "/v1/responses")
    .map(({ body }) => (body as { input: { role: string; content: string }[] }).input)
    .filter((input) => input.some(({ content }) => content.includes(word)))
    .map((input) => input.filter(({ role }) => role === "user").map(({ content }) => content))
    .map((contents) => contents.filter((content) => !content.startsWith("<passage-")));
}

/** A fixed order that differs from the order of writing. */
function shuffle<T>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => scatter(items.indexOf(a)) - scatter(items.indexOf(b)));
}
const scatter = (i: number) => (i * 7_919 + 104_729) % 1_009;

describe("fifty messages of one conversation that arrive in a random order", () => {
  it("fifty messages in a random order are answered by one turn, and its prompt has them in the order of writing", async () => {
    const written = Array.from({ length: 50 }, (_, i) => ({
      id: `msg_shuffled_${i}`,
      text: `shuffled line ${i}`,
      sentAt: new Date(Date.UTC(2026, 0, 2, 10, 0, 0, i * 100)).toISOString(),
    }));
    await Promise.all(
      shuffle(written).map(async (message) => await parley.sendWebhook({ from: "shuffler", ...message })),
    );
    const rows = await awaitEnds(written.map(({ id }) => id));
    expect(new Set(rows.map(({ turnId }) => turnId)).size).toBe(1);
    expect(readPrompts("shuffled line")).toEqual([written.map(({ text }) => text)]);
    expect((await parley.replies()).filter(({ to }) => to === "shuffler")).toHaveLength(1);
  });

  it("the next prompt also has them in the order of writing, and a late message is marked and answered", async () => {
    const next = await parley.sendWebhook({ from: "shuffler", text: "what was my shuffled order?" });
    await awaitEnds([next.id]);
    const [, second] = readPrompts("shuffled line");
    const written = Array.from({ length: 50 }, (_, i) => `shuffled line ${i}`);
    // The prompt has about forty lines of history: the last ones in the order of writing, not of arrival.
    const kept = second?.slice(0, -1) ?? [];
    expect(kept.length).toBeGreaterThan(30);
    expect(kept).toEqual(written.slice(-kept.length));
    const sentAt = "2026-01-02T10:00:01.050Z";
    const late = await parley.sendWebhook({ from: "shuffler", text: "I also meant blue", sentAt });
    expect(await awaitEnds([late.id])).toMatchObject([{ state: "answered", late: true }]);
  });
});

describe("a flood of 200 messages in 10 s", () => {
  it("a flood loses no message: each is in the input of exactly one turn, and each turn is answered once", async () => {
    const sent: string[] = [];
    const start = Date.now();
    for (let i = 0; i < 200; i++) {
      await pause(Math.max(0, start + i * 50 - Date.now()));
      sent.push((await parley.sendWebhook({ from: "flooder", text: `flood item ${i} please` })).id);
    }
    const rows = await awaitEnds(sent, 120_000);
    expect(rows.filter(({ state }) => state !== "answered")).toEqual([]);
    const inputs = readPrompts("flood item").map((lines) =>
      lines.filter((text) => text.startsWith("flood item")),
    );
    const turns = new Set(rows.map(({ turnId }) => turnId)).size;
    expect(inputs).toHaveLength(turns);
    // Every message is in a prompt, as a question or as history.
    for (let i = 0; i < 200; i++) {
      expect(
        inputs.some((lines) => lines.includes(`flood item ${i} please`)),
        `item ${i}`,
      ).toBe(true);
    }
    const answered = (await parley.replies()).filter(({ to }) => to === "flooder");
    expect(answered).toHaveLength(turns);
    expect(answered.flatMap((reply) => reply.in_reply_to).toSorted()).toEqual(sent.toSorted());
  });
});
