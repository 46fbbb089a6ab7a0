import type { WebhookChannel } from "../../infra/channels/registry.ts";
import type { InboundChannel } from "./channel.ts";
import { instagram } from "./instagram.ts";
import { line } from "./line.ts";
import { messenger } from "./messenger.ts";
import { slack } from "./slack.ts";
import { telegram } from "./telegram.ts";
import { twilioSms } from "./twilio-sms.ts";
import { twilioWhatsapp } from "./twilio-whatsapp.ts";
import { webhook } from "./webhook.ts";
import { whatsapp } from "./whatsapp.ts";

/** The inbound halves, by the name in webhook paths. A new channel is one line here. */
export const inboundChannels = Object.freeze({
  webhook,
  "twilio-sms": twilioSms,
  "twilio-whatsapp": twilioWhatsapp,
  whatsapp,
  messenger,
  instagram,
  telegram,
  slack,
  line,
}) satisfies Readonly<Record<WebhookChannel, InboundChannel>>;
