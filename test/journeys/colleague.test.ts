import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimConversation } from "../../db/holds.ts";
import { outcomesOf } from "../../db/outcomes.ts";
import { channelAccounts } from "../../db/schema/tenants.ts";
import { conversationOf } from "../support/conversation-of.ts";
import { eventually } from "../support/eventually.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
  await parley.db
    .update(channelAccounts)
    .set({ settings: { handoffTimeoutS: 4 } })
    .where(eq(channelAccounts.channel, "webhook"));
});
afterAll(() => parley.close());

const end = (id: string) =>
  eventually(`an end of ${id}`, async () =>
    (await outcomesOf(parley.db, [id])).find(({ state }) => state !== "pending" && state !== "in_turn"),
  );
const textsTo = async (to: string) =>
  (await parley.replies()).filter((reply) => reply.to === to).map(({ text }) => text);
const ask = async (from: string, text: string) => {
  const { id } = await parley.sendWebhook({ from, text });
  return { id, ...(await end(id)) };
};

describe("a person who asks for a colleague", () => {
  it("is told so once and hears nothing of the assistant until the wait is over; then it is back", async () => {
    const asked = await ask("waits", "Agent, please!");
    expect(asked).toMatchObject({ state: "answered" });
    expect(await textsTo("waits")).toEqual([expect.stringContaining("asked a colleague")]);
    expect(await ask("waits", "Can I return a bell?")).toMatchObject({
      state: "suppressed",
      reason: "conversation_paused",
    });
    await eventually("the end of the wait", async () => (await textsTo("waits")).length === 2);
    expect((await textsTo("waits"))[1]).toContain("none of my colleagues is free");
    expect(await conversationOf(parley.db, asked.id)).toMatchObject({ pausedAt: null, pauseReason: null });
    expect(await ask("waits", "Can I return a lamp?")).toMatchObject({ state: "answered" });
    // What nobody answered is before the model now; that a colleague had been asked for is not.
    const prompt = JSON.stringify(parley.openai.log.entries().at(-1)?.body);
    expect(prompt).toContain("Can I return a bell?");
    expect(prompt).not.toContain("colleague to join");
  });

  it("is left to whoever claims the conversation, and gets no notice that nobody came", async () => {
    const asked = await ask("claimed", "Speak to a human");
    expect(await textsTo("claimed")).toEqual([expect.stringContaining("asked a colleague")]);
    const { id } = await conversationOf(parley.db, asked.id);
    expect(await claimConversation(parley.db, id, "ada")).toEqual({ claimed: true });
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    expect(await textsTo("claimed")).toHaveLength(1);
    expect(await conversationOf(parley.db, asked.id)).toMatchObject({ claimedBy: "ada" });
  });
});
