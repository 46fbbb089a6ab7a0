import type { Offered } from "../send-message.ts";
import type { Scenario } from "./scenario.ts";

const AGENT = "dana";
const WORDS = "Dana here: stay where you are, the van is on its way.";

export const takeOver: Scenario = {
  name: "takeover",
  title: "An agent takes over a web chat, and the assistant is silent until the hand-back.",
  async run(context) {
    const visitor = await context.createContact("web");
    const first = await context.sendText(visitor, "my rental bike broke down, what now?");
    await context.waitForOutcome(first);
    await context.waitForReplies(visitor, 1);
    const conversation = `/conversations/${conversationOf(first)}`;
    await context.post(`${conversation}/take-over`, { agent: AGENT });
    await context.post(`${conversation}/replies`, { agent: AGENT, text: WORDS });
    await context.waitForReplies(visitor, 2);
    const during = await context.waitForOutcome(
      await context.sendText(visitor, "great, thank you! what does the van cost?"),
    );
    await context.post(`${conversation}/hand-back`, { agent: AGENT });
    const after = await context.waitForOutcome(
      await context.sendText(visitor, "how much is a puncture repair?"),
    );
    const replies = await context.waitForReplies(visitor, 3);
    const isSilent = during.state === "suppressed" && during.reason === "taken_over";
    if (isSilent && after.state === "answered" && replies.length === 3 && replies[1] === WORDS) return null;
    return `${replies.length} texts arrived, the message to the agent ended as ${during.state}, the next one as ${after.state}`;
  },
};

/** The id of a web chat message begins with the id of its conversation. */
function conversationOf({ providerMessageId }: Offered): string {
  return providerMessageId.slice(0, providerMessageId.indexOf(":"));
}
