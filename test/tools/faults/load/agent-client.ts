import { sql } from "drizzle-orm";
import type { Database } from "../../../../db/connection/postgres.ts";
import { createApiKey } from "../../../../db/tenants/api-keys.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import type { Config } from "../../../../infra/runtime/config/config.ts";

/** The agent who takes conversations over. */
const AGENT = "dana";
const RESPONSE_WITHIN_MS = 10_000;

/** An agent of the business, who uses the REST API. `db` is a direct connection. */
export function openAgentClient(config: Config, db: () => Database) {
  let key: Promise<string> | undefined;
  const issueKey = async () => {
    const { rows } = await db().execute<{ id: string }>(sql`SELECT id FROM tenants ORDER BY id LIMIT 1`);
    const tenantId = rows[0]?.id ?? "";
    const scopes = ["conversations:write"] as const;
    const created = await createApiKey(db(), createConfiguredVault(config), {
      tenantId,
      name: "faults",
      scopes,
    });
    return created.key;
  };
  return {
    /** Creates the key, which needs PostgreSQL. */
    async open(): Promise<void> {
      await (key ??= issueKey());
    },
    /** The status of the response; 0 without one, or while the conversation is not stored. */
    async act(
      deed: "take_over" | "hand_back",
      { channel, providerMessageId }: { channel: string; providerMessageId: string },
    ): Promise<number> {
      const conversation = await findConversation(db(), { channel, providerMessageId }).catch(() => null);
      if (conversation === null) return 0;
      const path = `/v1/conversations/${conversation}/${deed === "take_over" ? "take-over" : "hand-back"}`;
      try {
        const response = await fetch(config.PUBLIC_BASE_URL + path, {
          method: "POST",
          headers: {
            authorization: `Bearer ${await (key ??= issueKey())}`,
            "content-type": "application/json",
          },
          body: JSON.stringify({ agent: AGENT }),
          signal: AbortSignal.timeout(RESPONSE_WITHIN_MS),
        });
        await response.arrayBuffer();
        return response.status;
      } catch {
        return 0;
      }
    },
  };
}

export type AgentClient = ReturnType<typeof openAgentClient>;

async function findConversation(
  db: Database,
  { channel, providerMessageId }: { channel: string; providerMessageId: string },
): Promise<string | null> {
  const { rows } = await db.execute<{ id: string }>(sql`SELECT conversation_id AS id FROM inbox
    WHERE channel = ${channel} AND provider_message_id = ${providerMessageId}`);
  return rows[0]?.id ?? null;
}
