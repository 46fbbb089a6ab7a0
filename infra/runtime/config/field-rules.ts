import { z } from "zod";

/** What the REST API and the command line both take. A rule's message says what would be right, never what stands there. */

export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1, "must not be empty")
    .max(max, `must be at most ${max} characters`)
    // Postgres takes no NUL, and half a surrogate pair is no text.
    .refine(
      (value) => !value.includes("\0") && value.isWellFormed(),
      "must be text without NUL or broken characters",
    );

/** Names of channels and accounts: what is in a path goes to Postgres, which takes no NUL. */
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
  .meta({ description: "Money for models in a day, in USD; fixed texts answer when it is spent." });
export const SUPERSEDE = z.enum(["answer_then_continue", "regenerate"], {
  error: "must be answer_then_continue or regenerate",
});

export const KEY_NAME = text(100);

export const AGENT_NAME = text(100).meta({ description: "Who of the business, in your own words." });
export const REPLY_TEXT = text(10_000);
export const HANDOFF_TIMEOUT_S = z
  .int("must be a whole number of seconds")
  .min(10, "must be at least 10")
  .max(86_400, "must be at most 86400");
