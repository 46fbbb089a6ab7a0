import { randomUUID } from "node:crypto";
import { Client, type WorkflowClientInterceptor } from "@temporalio/client";
import { createWorkflowStarter } from "../../../../infra/runtime/temporal/workflow-starter.ts";
import { createStartMessage } from "../../../../api/ingest/start-message.ts";
import type { ChannelAccount } from "../../../../db/tenants/channel-account.ts";
import { connectPostgres } from "../../../../db/connection/postgres.ts";
import {
  createDataConverter,
  connectTemporal,
  temporalSettings,
} from "../../../../infra/runtime/temporal/temporal-client.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import type { BenchInstallation } from "./bench-installation.ts";
import { QUESTION } from "../load/inbound-bodies.ts";

/** Without fairness keys: tasks of the queue are handed out in the order of arrival. */
const withoutFairness: WorkflowClientInterceptor = {
  start: async ({ options: { priority: _priority, ...options }, ...input }, next) =>
    await next({ ...input, options }),
};

/** The ingress without HTTP: stores messages and starts their workflows as `api/` does, with or without fairness keys. */
export function openBenchIngress({ config }: BenchInstallation, { fair }: { fair: boolean }) {
  // A separate pool, so that two ingresses do not wait for each other.
  const db = connectPostgres({
    url: config.DATABASE_URL,
    maxConnections: 4,
    applicationName: "parley-bench",
    onError: () => undefined,
  });
  const keys = config.PARLEY_ENCRYPTION_KEYS;
  const settings = temporalSettings(config);
  const ours = connectTemporal(settings, keys);
  const { connection } = ours;
  const unfair = new Client({
    connection,
    namespace: settings.namespace,
    dataConverter: createDataConverter(keys),
    interceptors: { workflow: [withoutFairness] },
  });
  const ingress = createStartMessage({
    db,
    vault: createConfiguredVault(config),
    starter: createWorkflowStarter({
      temporal: fair ? ours : unfair,
      taskQueue: config.PARLEY_TASK_QUEUE,
    }),
    log: { warn: writeLine, error: writeLine },
  });
  return {
    /** Resolves with the id of the message when it is stored. */
    async sendMessage(account: ChannelAccount, from: string): Promise<string> {
      const providerMessageId = `fair_${randomUUID()}`;
      const message = {
        kind: "message" as const,
        origin: "typed" as const,
        providerMessageId,
        from,
        text: QUESTION,
        providerTime: null,
      };
      await ingress.startMessage(account, message, { receivedAt: new Date(), quietMs: 0 });
      return providerMessageId;
    },
    async close(): Promise<void> {
      await ingress.drain();
      await connection.close();
      await db.$client.end();
    },
  };
}

export type BenchIngress = ReturnType<typeof openBenchIngress>;

function writeLine(_details: object, message: string): void {
  process.stderr.write(`${message}\n`);
}
