import { randomBytes, randomUUID } from "node:crypto";
import { inject } from "vitest";
import { startWorker, WORKER_QUEUES } from "../../activities/worker/worker.ts";
import { startApi } from "../../api/server.ts";
import { connectPostgres } from "../../db/connection/postgres.ts";
import { startFakes } from "../../infra/sandbox/fakes/start-fakes.ts";
import { createVendorSettings } from "../../infra/sandbox/vendor-settings.ts";
import { migrateAll } from "../../infra/cli/tasks/migrate.ts";
import { type Config, loadConfig } from "../../infra/runtime/config/config.ts";
import { createLog } from "../../infra/runtime/log.ts";
import { signStandardWebhook } from "../../infra/runtime/signatures/standard-webhooks.ts";
import { signTwilioRequest } from "../../infra/runtime/signatures/twilio-signature.ts";
import { TEST_CONNECT_MS } from "./await-connection.ts";
import { cloneDatabase } from "./clone-database.ts";

export interface InstallationOptions {
  env?: Record<string, string>;
  /** More settings, by the URL of the installation's own database. */
  databaseEnv?: (databaseUrl: string) => Record<string, string>;
  /** False for tests of the ingress alone. */
  worker?: boolean;
  /** Settings of the servers. Default: the shared servers of the test run. */
  servers?: Record<string, string>;
  /** Gets every line of the log, from the level "debug" on. */
  lines?: { write(line: string): void };
}

/** Starts a whole Parley in this process on the shared servers, with its own database, task queues and fakes. */
export async function openInstallation({
  env = {},
  databaseEnv = () => ({}),
  worker: wantsWorker = true,
  servers,
  lines,
}: InstallationOptions = {}) {
  const shared = servers ?? inject("sandboxEnv");
  const name = `test_${randomBytes(6).toString("hex")}`;
  const database = await cloneDatabase(shared["DATABASE_URL"] ?? "", name);
  const { fakes, urls, stop } = await startFakes({ ...shared, FAKE_DATA: undefined });
  const settings = {
    ...shared,
    ...createVendorSettings({}, shared, urls),
    // The vectors of the sample documents are in the shared fake.
    PINECONE_CONTROLLER_HOST: shared["PINECONE_CONTROLLER_HOST"] ?? "",
    DATABASE_URL: database.url,
    PARLEY_TASK_QUEUE: name,
    PORT: "0",
    LOG_LEVEL: "silent",
    PUBLIC_BASE_URL: "http://parley.test",
    ...env,
    ...databaseEnv(database.url),
  };
  const config = loadConfig(settings);
  await migrateAll(config, () => undefined);
  const log =
    lines === undefined
      ? createLog({ level: config.LOG_LEVEL, name: "test" })
      : createLog({ level: "debug", name: "test", lines });
  const worker = wantsWorker ? await startWorker({ config, queues: WORKER_QUEUES, log }) : null;
  worker?.finished.catch(() => undefined);
  const api = await startApi({ config, log, ...(worker === null ? {} : { sharedClient: worker.temporal }) });
  const db = connectPostgres({
    url: database.url,
    maxConnections: 2,
    applicationName: "test",
    connectTimeoutMs: TEST_CONNECT_MS,
    onError: () => undefined,
  });
  return {
    config,
    /** For more processes of this installation. */
    env: settings,
    db,
    ...fakes,
    /** Base URLs of the fakes, by vendor. */
    vendors: urls,
    url: api.url,
    temporal: worker?.temporal,
    ...createReceiverReaders(urls),
    ...createCallers(config, api.url),
    async close(): Promise<void> {
      await api.stop();
      await worker?.stop();
      await db.$client.end();
      await stop();
      await database.drop();
    },
  };
}

export type Installation = Awaited<ReturnType<typeof openInstallation>>;

export interface SentWebhook {
  id?: string;
  from?: string;
  text?: string;
  sentAt?: string;
  /** Overrides of what is signed or sent. */
  body?: string;
  timestamp?: number;
  secret?: string;
  headers?: Record<string, string>;
}

/** A reply that the webhook sink received. */
export interface DeliveredReply {
  webhookId: string;
  signatureOk: boolean;
  duplicate: boolean;
  to: string;
  text: string;
  part: number;
  parts: number;
  in_reply_to: string[];
  sources: string[];
}

/** Reads the messages that the receivers got. */
function createReceiverReaders(urls: { sink: string; twilio: string }) {
  const messages = async (url: string) =>
    ((await (await fetch(`${url}/__control/messages`)).json()) as { messages: never[] }).messages;
  return {
    async replies(): Promise<DeliveredReply[]> {
      const taken: { body: string }[] = await messages(urls.sink);
      return taken.map(
        ({ body, ...rest }) =>
          ({ ...rest, ...(JSON.parse(body) as { data: object }).data }) as DeliveredReply,
      );
    },
    async texts(to: string): Promise<{ to: string; from: string; body: string }[]> {
      const sent: { to: string; from: string; body: string }[] = await messages(urls.twilio);
      return sent.filter((message) => message.to === to);
    },
  };
}

/** Callers that post as vendors do, to the ingress at this URL. */
export function createCallers(config: Config, url: string) {
  return {
    /** A message as a signed webhook. */
    async sendWebhook(message: SentWebhook): Promise<{ id: string; response: Response }> {
      const id = message.id ?? `msg_${randomUUID()}`;
      const timestamp = message.timestamp ?? Math.floor(Date.now() / 1000);
      const data = {
        from: message.from ?? `user-${id}`,
        text: message.text ?? "Hello",
        sent_at: message.sentAt,
      };
      const body = message.body ?? JSON.stringify({ type: "message.received", data });
      const signature = signStandardWebhook({
        id,
        timestamp,
        body,
        secrets: [message.secret ?? config.WEBHOOK_SECRET ?? ""],
      });
      const signed = {
        "webhook-id": id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": signature,
      };
      const headers = { "content-type": "application/json", ...signed, ...message.headers };
      return { id, response: await fetch(`${url}/webhooks/webhook/main`, { method: "POST", headers, body }) };
    },
    /** A text message as Twilio posts it. */
    async sendSms(message: {
      sid?: string;
      from: string;
      text: string;
      fields?: Record<string, string>;
    }): Promise<{ sid: string; response: Response }> {
      const sid = message.sid ?? `SM${randomBytes(16).toString("hex")}`;
      const fields = {
        MessageSid: sid,
        AccountSid: config.TWILIO_ACCOUNT_SID ?? "",
        From: message.from,
        To: config.TWILIO_FROM ?? "",
        Body: message.text,
      };
      const body = new URLSearchParams({
        ...fields,
        NumMedia: "0",
        SmsStatus: "received",
        ...message.fields,
      }).toString();
      const contentType = "application/x-www-form-urlencoded";
      const path = "/webhooks/twilio-sms/main";
      const signed = { url: config.PUBLIC_BASE_URL + path, rawBody: Buffer.from(body), contentType };
      const signature = signTwilioRequest({ ...signed, token: config.TWILIO_AUTH_TOKEN ?? "" });
      const headers = { "content-type": contentType, "x-twilio-signature": signature };
      return { sid, response: await fetch(url + path, { method: "POST", headers, body }) };
    },
  };
}
