import { createMessengerStandIn } from "./messenger/messenger-stand-in.ts";
import { createOpenAiStandIn } from "./openai/openai-stand-in.ts";
import { createPineconeStandIn } from "./pinecone/pinecone-stand-in.ts";
import type { StandIn } from "./server/stand-in.ts";
import { createSlackStandIn } from "./slack/slack-stand-in.ts";
import { createTelegramStandIn } from "./telegram/telegram-stand-in.ts";
import { createTwilioStandIn } from "./twilio/twilio-stand-in.ts";
import { createWebhookSink } from "./webhook-sink/webhook-sink.ts";
import { createWhatsappStandIn } from "./whatsapp/whatsapp-stand-in.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface StandInVendor {
  /** In sentences: "Port 4012 for the Twilio stand-in is in use". */
  called: string;
  /** Where it listens when nothing else is said. */
  port: number;
  create(env: Environment, dataDir: string | undefined): StandIn;
}

/** Every vendor's cloud that can be played on this machine. A new one is one line here. */
export const STAND_INS = {
  openai: {
    called: "the OpenAI stand-in",
    port: 4010,
    create: (env) => createOpenAiStandIn({ modelDelayMs: wholeNumber(env, "STAND_IN_MODEL_DELAY_MS") }),
  },
  pinecone: {
    called: "the Pinecone stand-in",
    port: 4011,
    create: (_, dataDir) => createPineconeStandIn({ dataDir }),
  },
  twilio: {
    called: "the Twilio stand-in",
    port: 4012,
    create: (env, dataDir) => createTwilioStandIn({ dataDir, authToken: env["TWILIO_AUTH_TOKEN"] }),
  },
  sink: {
    called: "the webhook sink",
    port: 4013,
    create: (env, dataDir) => createWebhookSink({ dataDir, secrets: list(env["SINK_SECRETS"]) }),
  },
  messenger: {
    called: "the Messenger and Instagram stand-in",
    port: 4014,
    create: (_, dataDir) => createMessengerStandIn({ dataDir }),
  },
  whatsapp: {
    called: "the WhatsApp stand-in",
    port: 4015,
    create: (_, dataDir) => createWhatsappStandIn({ dataDir }),
  },
  telegram: {
    called: "the Telegram stand-in",
    port: 4016,
    create: (env, dataDir) => createTelegramStandIn({ dataDir, botToken: env["TELEGRAM_BOT_TOKEN"] }),
  },
  slack: {
    called: "the Slack stand-in",
    port: 4017,
    create: (_, dataDir) => createSlackStandIn({ dataDir }),
  },
} as const satisfies Readonly<Record<string, StandInVendor>>;

export type StandInName = keyof typeof STAND_INS;
export const STAND_IN_NAMES = Object.keys(STAND_INS) as StandInName[];

/** The variable that says where a stand-in listens. */
export function portVariable(name: StandInName): string {
  return `STAND_IN_PORT_${name.toUpperCase()}`;
}

export function wholeNumber(env: Environment, name: string): number {
  const value = env[name] ?? "0";
  if (!/^\d{1,5}$/.test(value))
    throw new Error(`${name} must be a whole number of at most 5 digits, not "${value}".`);
  return Number(value);
}

function list(value: string | undefined): string[] {
  return (value ?? "").split(",").filter((item) => item !== "");
}
