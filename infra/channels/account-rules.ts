import { z } from "zod";
import { text } from "../runtime/config/field-rules.ts";
import { type AccountRule, BOTH_SECRETS } from "./account-kinds.ts";
import { findChannel } from "./registry.ts";

/** For an account of a channel that is not registered any more: any address, and one secret for each direction. */
const ANY: AccountRule = {
  address: text(2_000),
  externalId: text(200).nullable(),
  secrets: BOTH_SECRETS,
};

/** Checks which account it is. Spread it with `secretsRule` where secrets are given too. */
export function identityRule(channel: string) {
  const { address, externalId } = findRule(channel);
  return z.object({ address, external_id: externalId });
}

export function secretsRule(channel: string): z.ZodObject {
  return findRule(channel).secrets;
}

function findRule(channel: string): AccountRule {
  return findChannel(channel)?.account ?? ANY;
}
