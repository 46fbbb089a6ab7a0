import { findResponse } from "../db/turns/model-responses.ts";
import type { Database } from "../db/connection/postgres.ts";
import { findTurnScope } from "../db/conversations/transcript.ts";
import { findContext, saveReply } from "../db/turns/turn-texts.ts";
import type { Vault } from "../db/connection/vault.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { ScreenResult } from "../workflows/types.ts";
import type { OutboundChannels } from "./channels/registry.ts";
import type { TierStep } from "./contract.ts";
import { NotConfigured } from "./retry/classify-poison.ts";
import { formatInstructions } from "./answer/prompts/answer-prompt.ts";
import type { TurnContext } from "./answer/retrieval/turn-context.ts";
import { unmask } from "./answer/safety/mask-pii.ts";
import { createAllowedLinks } from "./answer/safety/links/allowed-links.ts";
import { sanitiseReply } from "./answer/safety/sanitise-reply.ts";
import { screenReply } from "./answer/safety/screen-reply.ts";

export interface ScreenDependencies {
  db: Database;
  vault: Vault;
  channels: OutboundChannels;
  /** Keys and tokens of this installation. A reply must not contain any of them. */
  knownSecrets: readonly string[];
}

export function createScreen({ db, vault, channels, knownSecrets }: ScreenDependencies) {
  return async function screen({ turnId, tier }: TierStep): Promise<ScreenResult> {
    await failpoint("before_screen");
    const scope = await findTurnScope(db, turnId);
    const response = await findResponse(db, vault, scope, tier);
    if (response === null) throw new Error(`Turn ${turnId} has no stored response for ${tier}.`);
    const channel = channels[scope.channel];
    if (channel === undefined) throw new NotConfigured(`Channel "${scope.channel}" has no outbound half.`);

    let reply = response.text;
    // Our own fixed texts need no screen, and the turn of a notice has no stored context.
    if (tier !== "fixed_text") {
      const stored = await findContext(db, vault, scope);
      const context = JSON.parse(stored?.context ?? "null") as TurnContext;
      const verdict = screenAgainst(context, reply, knownSecrets);
      if (verdict.verdict === "blocked") return verdict;
      const { placeholders } = context;
      reply = unmask(sanitiseReply(reply, { links: createLinks(context), placeholders }), placeholders);
      // A reply that consisted of a foreign link is empty now.
      if (reply === "") return { verdict: "blocked", reason: "empty" };
    }
    const parts = channel.split(reply);
    await saveReply(db, vault, scope, parts);
    return { verdict: "pass", parts: parts.length };
  };
}

function screenAgainst(context: TurnContext, reply: string, knownSecrets: readonly string[]) {
  return screenReply({
    reply,
    canary: context.canary,
    systemPrompt: formatInstructions(context),
    knownSecrets,
    placeholders: context.placeholders,
  });
}

function createLinks({ passages }: TurnContext) {
  const texts = passages.flatMap(({ title, heading, text }) => [title, heading, text]);
  return createAllowedLinks({ passages: texts, listed: [], phoneRegion: null });
}
