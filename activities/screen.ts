import { findResponse } from "../db/turns/model-responses.ts";
import { type Database, withConnection } from "../db/connection/postgres.ts";
import { findTurnScope } from "../db/conversations/transcript.ts";
import { findContext, saveReply } from "../db/turns/turn-texts.ts";
import type { Vault } from "../db/connection/vault.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { ScreenResult } from "../workflows/types.ts";
import type { OutboundChannels } from "./channels/registry.ts";
import type { TierStep } from "./contract.ts";
import { NotConfigured } from "./retry/classify-poison.ts";
import type { TurnContext } from "./answer/retrieval/turn-context.ts";
import type { TextTasks } from "./answer/threads/text-tasks.ts";

export interface ScreenDependencies {
  db: Database;
  vault: Vault;
  channels: OutboundChannels;
  texts: Pick<TextTasks, "screenText">;
  /** Keys and tokens of this installation. A reply must not contain any of them. */
  knownSecrets: readonly string[];
}

export function createScreen({ db, vault, channels, texts, knownSecrets }: ScreenDependencies) {
  return async function screen({ turnId, tier }: TierStep): Promise<ScreenResult> {
    await failpoint("before_screen");
    const { scope, response, stored } = await withConnection(db, async (one) => {
      const found = await findTurnScope(one, turnId);
      const answer = await findResponse(one, vault, found, tier);
      // Our own fixed texts need no screen, and the turn of a notice has no stored context.
      const context = tier === "fixed_text" ? null : await findContext(one, vault, found);
      return { scope: found, response: answer, stored: context };
    });
    if (response === null) throw new Error(`Turn ${turnId} has no stored response for ${tier}.`);
    const channel = channels[scope.channel];
    if (channel === undefined) throw new NotConfigured(`Channel "${scope.channel}" has no outbound half.`);

    let reply = response.text;
    if (tier !== "fixed_text") {
      const context = JSON.parse(stored?.context ?? "null") as TurnContext;
      const screened = await texts.screenText({ reply, context, knownSecrets });
      if (screened.verdict === "blocked") return screened;
      reply = screened.text;
    }
    const parts = channel.split(reply);
    await saveReply(db, vault, scope, parts);
    return { verdict: "pass", parts: parts.length };
  };
}
