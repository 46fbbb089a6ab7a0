import { outcomesOf } from "../../db/outcomes.ts";
import { connectPostgres } from "../../db/postgres.ts";
import { findTurnScope } from "../../db/transcript.ts";
import { findReply } from "../../db/turn-texts.ts";
import { StackError } from "../dev/stack-error.ts";
import type { Config } from "../runtime/config.ts";
import { sendMessage } from "./demo/send-message.ts";
import { configuredVault } from "../runtime/vault.ts";

export interface TerminalAnswer {
  /** True when an answer was delivered. */
  ok: boolean;
  state: string;
  reason: string | null;
  text: string | null;
  rung: string | null;
  cost_usd: number;
  latency_ms: number;
  workflow_id: string;
}

const PATIENCE_MS = 90_000;

/** One message by the ordinary way in; the answer is read from the turn's stored reply. */
export async function sendAndWait(
  config: Config,
  { from, text }: { from: string; text: string },
): Promise<TerminalAnswer> {
  if (config.WEBHOOK_SECRET === undefined)
    throw new StackError(
      "`send` signs as the webhook sender: set WEBHOOK_SECRET, WEBHOOK_DELIVERY_URL and WEBHOOK_DELIVERY_SECRET.",
    );
  const offered = await sendMessage(config, { channel: "webhook", from, text });
  if (offered.status === 0)
    throw new StackError(
      `Nothing listens at ${config.PUBLIC_BASE_URL}: start \`npm run demo\` or \`parley api\` first.`,
    );
  if (offered.status !== 202)
    throw new StackError(`The ingress answered ${offered.status}; its log says why.`);
  const db = connectPostgres({
    url: config.DATABASE_URL,
    maxConnections: 2,
    applicationName: "parley-send",
    onError: () => undefined,
  });
  try {
    for (const deadline = offered.sentAt + PATIENCE_MS; Date.now() < deadline;) {
      const [row] = await outcomesOf(db, [offered.providerMessageId]);
      if (row !== undefined && row.state !== "pending" && row.state !== "in_turn") {
        const vault = configuredVault(config);
        const parts =
          row.turnId === null || row.rung === null
            ? null
            : await findReply(db, vault, await findTurnScope(db, row.turnId));
        return {
          ok: row.state === "answered",
          state: row.state,
          reason: row.reason ?? row.rungReason,
          text: parts?.join("\n") ?? null,
          rung: row.rung,
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
  throw new StackError(
    `No answer within ${PATIENCE_MS / 1000} s: \`parley status ${offered.providerMessageId}\` tells where the message stands.`,
  );
}
