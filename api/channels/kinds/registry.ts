import type { RegisteredChannel } from "../../../infra/channels/registry.ts";
import type { InboundKind } from "./kind-table.ts";
import { LINE_KINDS } from "./line-kinds.ts";
import { INSTAGRAM_KINDS, MESSENGER_KINDS } from "./meta-messaging-kinds.ts";
import { SLACK_KINDS } from "./slack-kinds.ts";
import { TELEGRAM_KINDS } from "./telegram-kinds.ts";
import { TWILIO_SMS_KINDS, TWILIO_WHATSAPP_KINDS } from "./twilio-kinds.ts";
import { WEB_KINDS, WEBHOOK_KINDS } from "./webhook-kinds.ts";
import { WHATSAPP_KINDS } from "./whatsapp-kinds.ts";

/** The inbound kinds of each channel, and what becomes of them. */
export const inboundKinds: Readonly<Record<RegisteredChannel, readonly InboundKind[]>> = Object.freeze({
  "twilio-sms": TWILIO_SMS_KINDS,
  "twilio-whatsapp": TWILIO_WHATSAPP_KINDS,
  whatsapp: WHATSAPP_KINDS,
  messenger: MESSENGER_KINDS,
  instagram: INSTAGRAM_KINDS,
  telegram: TELEGRAM_KINDS,
  slack: SLACK_KINDS,
  line: LINE_KINDS,
  webhook: WEBHOOK_KINDS,
  web: WEB_KINDS,
});
