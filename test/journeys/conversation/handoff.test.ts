import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takeOverConversation } from "../../../db/conversations/takeover.ts";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { channelAccounts } from "../../../db/schema/tenants.ts";
import { findConversationOf } from "../../support/find-conversation.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
  await parley.db
    .update(channelAccounts)
    .set({ settings: { handoffTimeoutS: 4 } })
    .where(eq(channelAccounts.channel, "webhook"));
});
afterAll(() => parley.close());

const awaitEnd = (id: string) =>
  eventually(`an end of ${id}`, async () =>
    (await findMessageOutcomes(parley.db, [id])).find(
      ({ state }) => state !== "pending" && state !== "in_turn",
    ),
  );
const textsTo = async (to: string) =>
  (await parley.replies()).filter((reply) => reply.to === to).map(({ text }) => text);
const askForAgent = async (from: string, text: string) => {
  const { id } = await parley.sendWebhook({ from, text });
  return { id, ...(await awaitEnd(id)) };
};

describe("a contact who asks for an agent", () => {
  it("the contact gets one notice, and the assistant stays silent until the handoff times out", async () => {
    const asked = await askForAgent("waits", "Agent, please!");
    expect(asked).toMatchObject({ state: "answered" });
    expect(await textsTo("waits")).toEqual([expect.stringContaining("asked an agent")]);
    expect(await askForAgent("waits", "Can I return a bell?")).toMatchObject({
      state: "suppressed",
      reason: "conversation_paused",
    });
    await eventually("the notice that no agent is free", async () => (await textsTo("waits")).length === 2);
    expect((await textsTo("waits"))[1]).toContain("no agent is free");
    expect(await findConversationOf(parley.db, asked.id)).toMatchObject({
      pausedAt: null,
      pauseReason: null,
    });
    expect(await askForAgent("waits", "Can I return a lamp?")).toMatchObject({ state: "answered" });
    // The unanswered question is in the prompt, and the notice about the agent is not.
    const prompt = JSON.stringify(parley.openai.log.entries().at(-1)?.body);
    expect(prompt).toContain("Can I return a bell?");
    expect(prompt).not.toContain("agent to join");
  });

  it("an agent who takes the conversation over ends the handoff, and no timeout notice is sent", async () => {
    const asked = await askForAgent("taken-over", "Speak to a human");
    expect(await textsTo("taken-over")).toEqual([expect.stringContaining("asked an agent")]);
    const { id, pausedAt } = await findConversationOf(parley.db, asked.id);
    const handoff = parley.temporal?.workflow.getHandle(`handoff:${id}:${pausedAt?.toISOString()}`);
    // The workflow starts after the message has its outcome.
    await eventually("the handoff workflow", async () => await handoff?.describe().catch(() => null));
    expect(await takeOverConversation(parley.db, id, "ada")).toEqual({ takenOver: true });
    expect(await handoff?.result()).toEqual({ outcome: "taken_over", turnId: null });
    expect(await textsTo("taken-over")).toHaveLength(1);
    expect(await findConversationOf(parley.db, asked.id)).toMatchObject({ takenOverBy: "ada" });
  });
});
