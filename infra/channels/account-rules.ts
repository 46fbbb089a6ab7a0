import { z } from "zod";
import { CHANNEL_SETTINGS } from "./channel-settings.ts";
import { text } from "../runtime/config/field-rules.ts";
import { httpUrl, signingSecret, verifyingSecret } from "../runtime/config/setting-kinds.ts";

/** What an account of one channel is made of. The same rules hold for the account that the environment describes. */
interface AccountRule {
  address: z.ZodType<string>;
  external_id: z.ZodType<string | null>;
  /** The current secrets by what they are for; one that is not named here is refused. */
  secrets: z.ZodObject;
}

const S = CHANNEL_SETTINGS;
const secret = text(2_000);
const both = z.strictObject({ inbound: secret, outbound: secret });
const meta = both.extend({ handshake: secret });
const twilioSid = S.TWILIO_ACCOUNT_SID.unwrap();

/** A channel without a line here takes any address with one secret for each direction. */
const RULES: Readonly<Record<string, AccountRule>> = Object.freeze({
  webhook: {
    address: httpUrl,
    external_id: z.null("must be left out: a signed webhook has none"),
    secrets: z.strictObject({ inbound: verifyingSecret, outbound: signingSecret }),
  },
  "twilio-sms": { address: S.TWILIO_FROM.unwrap(), external_id: twilioSid, secrets: both },
  "twilio-whatsapp": { address: S.TWILIO_WHATSAPP_FROM.unwrap(), external_id: twilioSid, secrets: both },
  whatsapp: {
    address: S.WHATSAPP_PHONE_NUMBER_ID.unwrap(),
    external_id: S.WHATSAPP_PHONE_NUMBER_ID.unwrap(),
    secrets: meta,
  },
  messenger: { address: S.FACEBOOK_APP_ID.unwrap(), external_id: S.FACEBOOK_PAGE_ID.unwrap(), secrets: meta },
  instagram: {
    address: S.INSTAGRAM_APP_ID.unwrap(),
    external_id: S.INSTAGRAM_ACCOUNT_ID.unwrap(),
    secrets: meta,
  },
  telegram: {
    address: z.string().regex(/^\d{3,20}$/, "must be the bot's id: the digits before the colon of its token"),
    external_id: z
      .string()
      .regex(/^\d{3,20}$/, "must be the bot's id: the digits before the colon of its token"),
    secrets: z.strictObject({
      inbound: S.TELEGRAM_WEBHOOK_SECRET_TOKEN.unwrap(),
      outbound: S.TELEGRAM_BOT_TOKEN.unwrap(),
    }),
  },
  slack: { address: S.SLACK_BOT_USER_ID.unwrap(), external_id: S.SLACK_TEAM_ID.unwrap(), secrets: both },
  web: {
    address: text(200),
    external_id: z.null("must be left out: web chat has none"),
    secrets: z.strictObject({}, "must be left out: web chat has none"),
  },
});

const ANY: AccountRule = { address: text(2_000), external_id: text(200).nullable(), secrets: both };

/** Checks who an account is; spread with `secretsRule` where its secrets come along. */
export function identityRule(channel: string) {
  const { address, external_id } = ruleOf(channel);
  return z.object({ address, external_id });
}

export function secretsRule(channel: string): z.ZodObject {
  return ruleOf(channel).secrets;
}

function ruleOf(channel: string): AccountRule {
  return Object.hasOwn(RULES, channel) ? (RULES[channel] ?? ANY) : ANY;
}
