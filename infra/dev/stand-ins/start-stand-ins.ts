import { createOpenAiStandIn } from "./openai/openai-stand-in.ts";
import { createPineconeStandIn } from "./pinecone/pinecone-stand-in.ts";
import { createTwilioStandIn } from "./twilio/twilio-stand-in.ts";
import { createWebhookSink } from "./webhook-sink/webhook-sink.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Starts all four by the STAND_IN_… variables; gives their base URLs and the one way to end them. */
export async function startStandIns(env: Environment) {
  const dataDir = env.STAND_IN_DATA;
  const secrets = (env.SINK_SECRETS ?? "").split(",").filter((secret) => secret !== "");
  const openai = createOpenAiStandIn({ modelDelayMs: wholeNumber(env, "STAND_IN_MODEL_DELAY_MS") });
  const pinecone = createPineconeStandIn({ dataDir });
  const twilio = createTwilioStandIn({ dataDir, authToken: env.TWILIO_AUTH_TOKEN });
  const sink = createWebhookSink({ dataDir, secrets });
  const standIns = [openai, pinecone, twilio, sink];
  const stop = async () => {
    await Promise.all(standIns.map((standIn) => standIn.close()));
  };
  try {
    const urls = {
      openai: await openai.listen(wholeNumber(env, "STAND_IN_PORT_OPENAI")),
      pinecone: await pinecone.listen(wholeNumber(env, "STAND_IN_PORT_PINECONE")),
      twilio: await twilio.listen(wholeNumber(env, "STAND_IN_PORT_TWILIO")),
      sink: await sink.listen(wholeNumber(env, "STAND_IN_PORT_SINK")),
    };
    return { urls, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function wholeNumber(env: Environment, name: string): number {
  const value = env[name] ?? "0";
  if (!/^\d{1,5}$/.test(value))
    throw new Error(`${name} must be a whole number of at most 5 digits, not "${value}".`);
  return Number(value);
}
