import type { Offered } from "../send-message.ts";
import type { Scene } from "./scene.ts";

const OPERATOR = "dana";
const WORDS = "Dana here: stay where you are, the van is on its way.";

export const takeover: Scene = {
  name: "takeover",
  title: "A colleague takes over a web chat: the assistant is silent until she gives it back.",
  async play(stage) {
    const visitor = await stage.meet("web");
    const first = await stage.say(visitor, "my rental bike broke down, what now?");
    await stage.endOf(first);
    await stage.heardBy(visitor, 1);
    const conversation = `/conversations/${conversationOf(first)}`;
    await stage.post(`${conversation}/claim`, { operator: OPERATOR });
    await stage.post(`${conversation}/replies`, { operator: OPERATOR, text: WORDS });
    await stage.heardBy(visitor, 2);
    const during = await stage.endOf(await stage.say(visitor, "great, thank you! what does the van cost?"));
    await stage.post(`${conversation}/release`, { operator: OPERATOR });
    const after = await stage.endOf(await stage.say(visitor, "how much is a puncture repair?"));
    const heard = await stage.heardBy(visitor, 3);
    const isSilent = during.state === "suppressed" && during.reason === "human_claimed";
    if (isSilent && after.state === "answered" && heard.length === 3 && heard[1] === WORDS) return null;
    return `${heard.length} texts arrived, the message to the colleague ended as ${during.state}, the next one as ${after.state}`;
  },
};

/** The id of a web chat's message begins with its conversation's. */
function conversationOf({ providerMessageId }: Offered): string {
  return providerMessageId.slice(0, providerMessageId.indexOf(":"));
}
