import { createOpenAiStandIn } from "./openai/openai-stand-in.ts";
import { createPineconeStandIn } from "./pinecone/pinecone-stand-in.ts";
import { createTwilioStandIn } from "./twilio-stand-in.ts";
import { createWebhookSink } from "./webhook-sink.ts";

/** All stand-ins in one process; the line that it prints when they listen tells their addresses. */
const env = process.env;
const dataDir = env["STAND_IN_DATA"] ?? null;
const port = (name: string) => Number(env[`STAND_IN_PORT_${name}`] ?? 0);

const standIns = {
  openai: createOpenAiStandIn({ delayMs: Number(env["STAND_IN_MODEL_DELAY_MS"] ?? 0) }),
  pinecone: createPineconeStandIn({ dataDir }),
  twilio: createTwilioStandIn({ dataDir, authToken: env["TWILIO_AUTH_TOKEN"] ?? null }),
  sink: createWebhookSink({ dataDir, secrets: (env["SINK_SECRETS"] ?? "").split(",").filter(Boolean) }),
};

const urls = await Promise.all(
  Object.entries(standIns).map(async ([name, standIn]) => [name, await standIn.listen(port(name.toUpperCase()))]),
);
process.stdout.write(`${JSON.stringify({ ready: true, ...Object.fromEntries(urls) })}\n`);

process.once("SIGTERM", () => {
  void Promise.allSettled(Object.values(standIns).map((standIn) => standIn.close())).then(() => process.exit(0));
});
