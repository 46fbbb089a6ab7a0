import { type ReplyText, toReplyText } from "../../db/delivery/reply-text.ts";
import type { RememberedTurn } from "../../db/turns/turn-memory.ts";
import type { Tier } from "../../workflows/names.ts";
import type { OutboundChannels } from "../channels/registry.ts";
import { NotConfigured } from "../retry/classify-poison.ts";
import { createReplyLost } from "../retry/create-reply-lost.ts";
import type { TurnContext } from "./retrieval/turn-context.ts";
import type { TextTasks } from "./threads/text-tasks.ts";

export interface ScreenResponseDependencies {
  channels: OutboundChannels;
  texts: Pick<TextTasks, "screenText">;
  /** Keys and tokens of this installation. A reply must not contain any of them. */
  knownSecrets: readonly string[];
}

export type ScreenedResponse =
  | { verdict: "pass"; parts: readonly ReplyText[] }
  | { verdict: "blocked"; reason: string };

export function createScreenResponse({ channels, texts, knownSecrets }: ScreenResponseDependencies) {
  /**
   * The reply parts of the turn's completion, or the reason why it must not be sent. The same completion always has the same parts, so they
   * are not stored: `record` makes them again where another process has screened the completion.
   */
  return async function screenResponse(
    { scope, response, context }: RememberedTurn,
    tier: Tier,
  ): Promise<ScreenedResponse> {
    // `generate` has waited for the disk, so no attempt finds it, and the turn does not wait for one.
    if (response === null) throw createReplyLost(`The database has no completion of this turn for ${tier}.`);
    const channel = channels[scope.channel];
    if (channel === undefined) throw new NotConfigured(`Channel "${scope.channel}" has no outbound half.`);
    // Our own fixed texts need no screen, and the turn of a notice has no stored context.
    if (tier === "fixed_text") return { verdict: "pass", parts: channel.split(toReplyText(response.text)) };
    if (context === null) throw new Error(`Turn ${scope.turnId} has no context.`);
    const read = JSON.parse(context.context) as TurnContext;
    const screened = await texts.screenText({
      reply: response.text,
      context: read,
      knownSecrets,
      notation: channel.notation,
    });
    return screened.verdict === "blocked"
      ? screened
      : { verdict: "pass", parts: channel.split(screened.reply) };
  };
}

export type ScreenResponse = ReturnType<typeof createScreenResponse>;
