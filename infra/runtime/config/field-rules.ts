import { z } from "zod";

/** Rules for fields of the REST API and the command line. A message states the rule, never the value. */

export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1, "must not be empty")
    .max(max, `must be at most ${max} characters`)
    // Postgres rejects NUL, and a lone surrogate cannot be encoded.
    .refine(
      (value) => !value.includes("\0") && value.isWellFormed(),
      "must be text without NUL or broken characters",
    );

/** Names of channels and accounts. They come from paths and go to Postgres, which rejects NUL. */
export const CHANNEL = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, "must be the name of a channel, such as twilio-sms")
  .meta({ examples: ["twilio-sms"] });
export const ACCOUNT_ID = z
  .string()
  .regex(/^[\w.:-]{1,128}$/, "must be the id of an account")
  .meta({ examples: ["9f86d081884c7d65"] });

export const TENANT_ID = z.string().regex(/^[\w-]{1,64}$/, "must be 1 to 64 letters, digits, _ and -");
export const BUSINESS_NAME = text(200);
export const DAILY_BUDGET = z
  .number("must be an amount in USD")
  .min(0, "must not be below 0")
  .max(999_999, "must be below 1000000")
  .meta({ description: "Money for models per day, in USD. When it is spent, replies are fixed texts." });
export const SUPERSEDE = z.enum(["answer_then_continue", "regenerate"], {
  error: "must be answer_then_continue or regenerate",
});

const LINK =
  /^(?:https?:\/\/\S+|[^\s@/]+@[^\s@/]+\.[^\s@/]+|(?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]{2,}(?::\d+)?(?:\/\S*)?|\+?[\d ()./-]{6,25}|@\w{4,32})$/u;
const ALLOWED_LINK = text(500).refine(
  (link) => LINK.test(link),
  "must be a host such as shop.example, a URL, an e-mail address, a phone number or a name such as @shop",
);
export const ALLOWED_LINKS = z.array(ALLOWED_LINK).max(200, "must be at most 200 links").meta({
  description:
    "Links that a reply may contain although no passage names them: hosts with all of their pages, URLs, e-mail addresses, phone numbers.",
});
export const PHONE_REGION = z
  .string()
  .refine(isCountry, "must be the two letters of a country, such as DE")
  .meta({
    description:
      "The country of phone numbers without a country code. They are masked before the model sees them.",
  });

export const KEY_NAME = text(100);

export const AGENT_NAME = text(100).meta({ description: "The name of the agent, in your own words." });
export const REPLY_TEXT = text(10_000);
export const HANDOFF_TIMEOUT_S = z
  .int("must be a whole number of seconds")
  .min(10, "must be at least 10")
  .max(86_400, "must be at most 86400");

export const BUDGET_SHARE = z.number("must be a number").min(0, "must be 0 to 1").max(1, "must be 0 to 1");

/** By ISO 3166: every country has a name of its own. */
function isCountry(code: string): boolean {
  if (!/^[A-Z]{2}$/.test(code)) return false;
  const name = new Intl.DisplayNames(["en"], { type: "region" }).of(code);
  return name !== code && name !== "Unknown Region";
}
