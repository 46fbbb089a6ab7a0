import { z } from "zod";
import { secret } from "../../runtime/config/setting-kinds.ts";
import type { SandboxValues } from "../channel-descriptor.ts";
import { baseUrlField, listSecrets, previousSecret, requiredField } from "../setting-fields.ts";

export const TWILIO_ACCOUNT_SID = z
  .string()
  .regex(/^AC[0-9a-f]{32}$/i, "must be AC and 32 hexadecimal digits");
export const TWILIO_FROM = z
  .string()
  .regex(
    /^(\+[1-9]\d{6,14}|MG[0-9a-f]{32})$/i,
    "must be a number such as +15550100200 or a MessagingServiceSid",
  );

/** The Twilio account that SMS and WhatsApp share. */
export const TWILIO_FIELDS = {
  TWILIO_ACCOUNT_SID: requiredField(TWILIO_ACCOUNT_SID),
  TWILIO_AUTH_TOKEN: requiredField(secret, { secret: true }),
  TWILIO_AUTH_TOKEN_PREVIOUS: previousSecret("TWILIO_AUTH_TOKEN", secret),
  TWILIO_FROM: requiredField(TWILIO_FROM),
  TWILIO_BASE_URL: baseUrlField("https://api.twilio.com"),
};

interface TwilioValues {
  TWILIO_ACCOUNT_SID: string;
  TWILIO_AUTH_TOKEN: string;
  TWILIO_AUTH_TOKEN_PREVIOUS?: string | undefined;
}

/** Twilio signs and is called with the same token. */
export function readTwilioAccount(settings: TwilioValues) {
  const { TWILIO_ACCOUNT_SID: externalId, TWILIO_AUTH_TOKEN: token } = settings;
  const inbound = listSecrets(token, settings.TWILIO_AUTH_TOKEN_PREVIOUS);
  return { externalId, secrets: { inbound, outbound: [token] } };
}

export const TWILIO_SANDBOX: Pick<SandboxValues<"twilio">, "fake" | "realWith" | "createSecrets"> = {
  fake: "twilio",
  realWith: "TWILIO_AUTH_TOKEN",
  createSecrets: ({ hex }) => ({ TWILIO_ACCOUNT_SID: `AC${hex()}`, TWILIO_AUTH_TOKEN: hex() }),
};
