import type { InboundChannel } from "./channel.ts";
import { instagram } from "./instagram.ts";
import { messenger } from "./messenger.ts";
import { slack } from "./slack.ts";
import { telegram } from "./telegram.ts";
import { twilioSms } from "./twilio-sms.ts";
import { twilioWhatsapp } from "./twilio-whatsapp.ts";
import { webhook } from "./webhook.ts";
import { whatsapp } from "./whatsapp.ts";

/** The channels that Parley hears; the keys are the words in webhook paths. */
export const inboundChannels = Object.freeze({
  webhook,
  "twilio-sms": twilioSms,
  "twilio-whatsapp": twilioWhatsapp,
  whatsapp,
  messenger,
  instagram,
  telegram,
  slack,
}) satisfies Readonly<Record<string, InboundChannel>>;
