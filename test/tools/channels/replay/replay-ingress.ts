import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { startApi } from "../../../../api/server.ts";
import { upsertAccount, upsertTenant } from "../../../../db/tenants/seed.ts";
import { connectPostgres } from "../../../../db/connection/postgres.ts";
import { loadConfig } from "../../../../infra/runtime/config/config.ts";
import type { Log } from "../../../../infra/runtime/log.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import { replaySecret, signHeaders } from "./replay-signature.ts";
import type { RecognisedBody } from "./recognise-body.ts";

export interface ReplayedBody {
  status: number;
  /** How many items of the body had which outcome, as the ingress itself says in its log. */
  outcomes: Record<string, number>;
  /** Errors in items or in the whole body. */
  problems: { field: string; message: string }[];
}

const TENANT = "replay";
const PUBLIC_BASE_URL = "http://parley.test";

/**
 * The real ingress on a database of its own. No Temporal: a message is a promise once its row is there, and its workflow would be
 * started by the sweeper later.
 */
export async function openReplayIngress(databaseUrl: string) {
  const config = loadConfig(settings(databaseUrl));
  const taken = captureIngestLog();
  const api = await startApi({ config, log: taken.log });
  const db = connectPostgres({
    url: databaseUrl,
    maxConnections: 2,
    applicationName: "parley-replay",
    onError: () => undefined,
  });
  const vault = createConfiguredVault(config);
  await upsertTenant(db, { id: TENANT, businessName: "replay", dailyBudgetUsd: 1 });
  const accounts = new Map<string, string>();
  let requests = 0;

  /** Creates the account of each of our ids that a body names. The webhook of the first one is called. */
  async function accountFor({ channel, accountAddresses }: RecognisedBody): Promise<string> {
    const ids: string[] = [];
    for (const externalId of accountAddresses.length === 0 ? [null] : accountAddresses) {
      const key = `${channel}/${externalId}`;
      const accountId = accounts.get(key) ?? `r${accounts.size + 1}`;
      const secrets = { inbound: [replaySecret(channel)], outbound: [] };
      const account = { tenantId: TENANT, accountId, channel, address: "replay", externalId, secrets };
      if (!accounts.has(key)) await upsertAccount(db, vault, { ...account, settings: {} });
      accounts.set(key, accountId);
      ids.push(accountId);
    }
    return ids[0] ?? "";
  }

  return {
    async post(body: RecognisedBody): Promise<ReplayedBody> {
      const path = `/webhooks/${body.channel}/${await accountFor(body)}`;
      const id = `replay-${(requests += 1)}`;
      const headers = signHeaders(body, { url: PUBLIC_BASE_URL + path, id });
      const response = await fetch(api.url + path, {
        method: "POST",
        headers: { ...headers, "x-request-id": id },
        body: body.wire,
      });
      const refusal = response.ok ? {} : ((await response.json()) as { errors?: ReplayedBody["problems"] });
      const { outcomes, problems } = taken.of(id);
      return { status: response.status, outcomes, problems: [...problems, ...(refusal.errors ?? [])] };
    },
    async close(): Promise<void> {
      await api.stop();
      await db.$client.end();
    },
  };
}

export type ReplayIngress = Awaited<ReturnType<typeof openReplayIngress>>;

interface IngestLogLine {
  reqId?: string;
  outcomes?: Record<string, number>;
  problems?: ReplayedBody["problems"];
}

/** The ingress's own log is where it says what became of each item. */
function captureIngestLog(): { log: Log; of(id: string): Omit<ReplayedBody, "status"> } {
  const lines: IngestLogLine[] = [];
  const log = pino(
    { level: "info" },
    { write: (line) => void lines.push(JSON.parse(line) as IngestLogLine) },
  );
  return {
    log,
    of(id) {
      const ours = lines.filter(({ reqId, outcomes }) => reqId === id && outcomes !== undefined);
      const outcomes: Record<string, number> = {};
      for (const [name, count] of ours.flatMap((line) => Object.entries(line.outcomes ?? {})))
        outcomes[name] = (outcomes[name] ?? 0) + count;
      return { outcomes, problems: ours.flatMap(({ problems }) => problems ?? []) };
    },
  };
}

function settings(databaseUrl: string): Record<string, string> {
  const key = () => randomBytes(32).toString("base64");
  return {
    DATABASE_URL: databaseUrl,
    PORT: "0",
    PUBLIC_BASE_URL,
    // No server listens there.
    TEMPORAL_ADDRESS: "127.0.0.1:1",
    OPENAI_API_KEY: "not-called",
    PINECONE_API_KEY: "not-called",
    PARLEY_ENCRYPTION_KEYS: `replay:${key()}`,
    PARLEY_HASH_KEY: key(),
  };
}
