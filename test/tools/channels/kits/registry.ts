import type { ChannelKit } from "../channel-kit.ts";
import { instagramKit } from "./instagram.ts";
import { lineKit } from "./line.ts";
import { messengerKit } from "./messenger.ts";
import { slackKit } from "./slack.ts";
import { telegramKit } from "./telegram.ts";
import { twilioSmsKit } from "./twilio-sms.ts";
import { twilioWhatsappKit } from "./twilio-whatsapp.ts";
import { webhookKit } from "./webhook.ts";
import { whatsappKit } from "./whatsapp.ts";
import { createWebKit } from "./web.ts";

/** A kit for each channel that Parley speaks; a channel without one is not graded, and that is a failure. */
export const channelKits: readonly ChannelKit[] = Object.freeze([
  twilioSmsKit,
  twilioWhatsappKit,
  whatsappKit,
  messengerKit,
  instagramKit,
  telegramKit,
  slackKit,
  lineKit,
  webhookKit,
  createWebKit(),
]);
