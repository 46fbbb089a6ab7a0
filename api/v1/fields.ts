import { z } from "zod";

/** Fields that many resources have. */
export const ID = z.uuid("must be a UUID");
export const MOMENT = z.iso.datetime();

/** Names of channels and accounts: what is in a path goes to Postgres, which takes no NUL. */
export const CHANNEL = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, "must be the name of a channel, such as twilio-sms")
  .meta({ examples: ["twilio-sms"] });
export const ACCOUNT_ID = z
  .string()
  .regex(/^[\w.:-]{1,128}$/, "must be the id of an account")
  .meta({ examples: ["9f86d081884c7d65"] });

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

export function moment(at: Date): string {
  return at.toISOString();
}

export function momentOrNull(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}

/** A moment of the examples in the documentation. */
export const EXAMPLE_MOMENT = "2026-11-25T09:30:00.000Z";
export const EXAMPLE_ID = "0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11";
