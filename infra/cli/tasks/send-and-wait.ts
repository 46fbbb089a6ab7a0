import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { connectPostgres } from "../../../db/connection/postgres.ts";
import { findTurnScope } from "../../../db/conversations/transcript.ts";
import { findTurnDeliveries } from "../../../db/delivery/deliveries.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Config } from "../../runtime/config/config.ts";
import { pooledDatabase } from "../../runtime/servers/database-settings.ts";
import { sendMessage } from "../demo/send-message.ts";
import { createConfiguredVault } from "../../runtime/encryption/vault.ts";

export interface SendResult {
  /** True if a reply was delivered. */
  ok: boolean;
  state: string;
  reason: string | null;
  text: string | null;
  tier: string | null;
  cost_usd: number;
  latency_ms: number;
  workflow_id: string;
}

const TIMEOUT_MS = 90_000;

/** Sends one message through the webhook, and reads the stored reply of its turn. */
export async function sendAndWait(
  config: Config,
  { from, text }: { from: string; text: string },
): Promise<SendResult> {
  if (config.WEBHOOK_SECRET === undefined)
    throw new UserError(
      "`send` uses the signed webhook: set WEBHOOK_SECRET, WEBHOOK_DELIVERY_URL and WEBHOOK_DELIVERY_SECRET.",
    );
  const offered = await sendMessage(config, { channel: "webhook", from, text });
  if (offered.status === 0)
    throw new UserError(
      `No server listens at ${config.PUBLIC_BASE_URL}: start \`npm run demo\` or \`parley api\` first.`,
    );
  if (offered.status !== 202)
    throw new UserError(`The ingress responded with ${offered.status}; its log has the reason.`);
  const db = connectPostgres({
    ...pooledDatabase(config),
    maxConnections: 2,
    applicationName: "parley-send",
    onError: () => undefined,
  });
  try {
    for (const deadline = offered.sentAt + TIMEOUT_MS; Date.now() < deadline;) {
      const [row] = await findMessageOutcomes(db, [offered.providerMessageId]);
      if (row !== undefined && row.state !== "pending" && row.state !== "in_turn") {
        const vault = createConfiguredVault(config);
        const parts =
          row.turnId === null || row.tier === null
            ? null
            : await findTurnDeliveries(db, vault, await findTurnScope(db, row.turnId));
        return {
          ok: row.state === "answered",
          state: row.state,
          reason: row.reason ?? row.tierReason,
          text: parts?.map((part) => part.text).join("\n") ?? null,
          tier: row.tier,
          cost_usd: row.costUsd ?? 0,
          latency_ms: Date.now() - offered.sentAt,
          workflow_id: row.workflowId,
        };
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await db.$client.end();
  }
  throw new UserError(
    `No reply within ${TIMEOUT_MS / 1000} s: \`parley status ${offered.providerMessageId}\` shows the state of the message.`,
  );
}
