import type { ChannelFake } from "../../channels/registry.ts";
import type { ChannelName } from "../../../db/tenants/channel-account.ts";
import type { FakeContacts } from "./contacts/fake-contacts.ts";
import { createReadReply, type ReadReply } from "./contacts/read-reply.ts";
import { lineContacts } from "./line/line-contacts.ts";
import { createLineFake } from "./line/line-fake.ts";
import { instagramContacts } from "./messenger/instagram-contacts.ts";
import { readMessagingReply } from "./messenger/messaging-post.ts";
import { messengerContacts } from "./messenger/messenger-contacts.ts";
import { createMessengerFake } from "./messenger/messenger-fake.ts";
import { createOpenAiFake } from "./openai/openai-fake.ts";
import { createPineconeFake } from "./pinecone/pinecone-fake.ts";
import type { Fake } from "./server/fake.ts";
import { readSlackReply, slackContacts } from "./slack/slack-contacts.ts";
import { createSlackFake } from "./slack/slack-fake.ts";
import { telegramContacts } from "./telegram/telegram-contacts.ts";
import { createTelegramFake } from "./telegram/telegram-fake.ts";
import { readTwilioReply } from "./twilio/twilio-form.ts";
import { twilioSmsContacts } from "./twilio/twilio-sms-contacts.ts";
import { twilioWhatsappContacts } from "./twilio/twilio-whatsapp-contacts.ts";
import { createTwilioFake } from "./twilio/twilio-fake.ts";
import { readWebhookReply, webhookContacts } from "./webhook-sink/webhook-contacts.ts";
import { createWebhookSink } from "./webhook-sink/webhook-sink.ts";
import { whatsappContacts } from "./whatsapp/whatsapp-contacts.ts";
import { createWhatsappFake } from "./whatsapp/whatsapp-fake.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface FakeDefinition {
  /** In sentences: "Port 4012 for the Twilio fake is in use". */
  label: string;
  /** The port that it listens on by default. */
  port: number;
  create(env: Environment, dataDir: string | undefined): Fake;
  /** Made-up contacts who write through this vendor, by channel. */
  contacts?: Readonly<Record<ChannelName, FakeContacts>>;
  /** Reads a reply from what the fake accepted. */
  readReply?: ReadReply;
}

/** All fakes. A new one is one entry here. */
export const FAKES = {
  openai: {
    label: "the OpenAI fake",
    port: 4010,
    create: (env) => createOpenAiFake({ modelDelayMs: readWholeNumber(env, "FAKE_MODEL_DELAY_MS") }),
  },
  pinecone: {
    label: "the Pinecone fake",
    port: 4011,
    create: (_, dataDir) => createPineconeFake({ dataDir }),
  },
  twilio: {
    label: "the Twilio fake",
    port: 4012,
    create: (env, dataDir) => createTwilioFake({ dataDir, authToken: env["TWILIO_AUTH_TOKEN"] }),
    contacts: { "twilio-sms": twilioSmsContacts, "twilio-whatsapp": twilioWhatsappContacts },
    readReply: readTwilioReply,
  },
  sink: {
    label: "the webhook sink",
    port: 4013,
    create: (env, dataDir) =>
      createWebhookSink({ dataDir, secrets: splitList(env["WEBHOOK_DELIVERY_SECRET"]) }),
    contacts: { webhook: webhookContacts },
    readReply: readWebhookReply,
  },
  messenger: {
    label: "the Messenger and Instagram fake",
    port: 4014,
    create: (_, dataDir) => createMessengerFake({ dataDir }),
    contacts: { messenger: messengerContacts, instagram: instagramContacts },
    readReply: readMessagingReply,
  },
  whatsapp: {
    label: "the WhatsApp fake",
    port: 4015,
    create: (_, dataDir) => createWhatsappFake({ dataDir }),
    contacts: { whatsapp: whatsappContacts },
    readReply: createReadReply("whatsapp"),
  },
  telegram: {
    label: "the Telegram fake",
    port: 4016,
    create: (env, dataDir) => createTelegramFake({ dataDir, botToken: env["TELEGRAM_BOT_TOKEN"] }),
    contacts: { telegram: telegramContacts },
    readReply: createReadReply("telegram"),
  },
  slack: {
    label: "the Slack fake",
    port: 4017,
    create: (_, dataDir) => createSlackFake({ dataDir }),
    contacts: { slack: slackContacts },
    readReply: readSlackReply,
  },
  line: {
    label: "the LINE fake",
    port: 4018,
    create: (env, dataDir) =>
      createLineFake({
        dataDir,
        accessToken: env["LINE_CHANNEL_ACCESS_TOKEN"],
        botUserId: env["LINE_BOT_USER_ID"] ?? `U${"0".repeat(31)}1`,
      }),
    contacts: { line: lineContacts },
    readReply: createReadReply("line"),
  },
} as const satisfies Readonly<Record<string, FakeDefinition>> & Record<ChannelFake, FakeDefinition>;

export type FakeName = keyof typeof FAKES;
export const FAKE_NAMES = Object.keys(FAKES) as FakeName[];
/** The same without their literal types. */
export const FAKE_DEFINITIONS: Readonly<Record<FakeName, FakeDefinition>> = { ...FAKES };

/** The variable with the port of a fake. */
export function portVariable(name: FakeName): string {
  return `FAKE_PORT_${name.toUpperCase()}`;
}

export function readWholeNumber(env: Environment, name: string): number {
  const value = env[name] ?? "0";
  if (!/^\d{1,5}$/.test(value))
    throw new Error(`${name} must be a whole number of at most 5 digits, not "${value}".`);
  return Number(value);
}

function splitList(value: string | undefined): string[] {
  return (value ?? "").split(",").filter((item) => item !== "");
}
