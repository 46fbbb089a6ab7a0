import { createMessengerFake } from "./messenger/messenger-fake.ts";
import { createOpenAiFake } from "./openai/openai-fake.ts";
import { createPineconeFake } from "./pinecone/pinecone-fake.ts";
import type { Fake } from "./server/fake.ts";
import { createSlackFake } from "./slack/slack-fake.ts";
import { createTelegramFake } from "./telegram/telegram-fake.ts";
import { createTwilioFake } from "./twilio/twilio-fake.ts";
import { createWebhookSink } from "./webhook-sink/webhook-sink.ts";
import { createWhatsappFake } from "./whatsapp/whatsapp-fake.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface FakeDefinition {
  /** In sentences: "Port 4012 for the Twilio fake is in use". */
  label: string;
  /** Where it listens when nothing else is said. */
  port: number;
  create(env: Environment, dataDir: string | undefined): Fake;
}

/** Every vendor's cloud that can be played on this machine. A new one is one line here. */
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
  },
  sink: {
    label: "the webhook sink",
    port: 4013,
    create: (env, dataDir) => createWebhookSink({ dataDir, secrets: splitList(env["SINK_SECRETS"]) }),
  },
  messenger: {
    label: "the Messenger and Instagram fake",
    port: 4014,
    create: (_, dataDir) => createMessengerFake({ dataDir }),
  },
  whatsapp: {
    label: "the WhatsApp fake",
    port: 4015,
    create: (_, dataDir) => createWhatsappFake({ dataDir }),
  },
  telegram: {
    label: "the Telegram fake",
    port: 4016,
    create: (env, dataDir) => createTelegramFake({ dataDir, botToken: env["TELEGRAM_BOT_TOKEN"] }),
  },
  slack: {
    label: "the Slack fake",
    port: 4017,
    create: (_, dataDir) => createSlackFake({ dataDir }),
  },
} as const satisfies Readonly<Record<string, FakeDefinition>>;

export type FakeName = keyof typeof FAKES;
export const FAKE_NAMES = Object.keys(FAKES) as FakeName[];

/** The variable that says where a fake listens. */
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
