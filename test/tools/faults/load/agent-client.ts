import { sql } from "drizzle-orm";
import type { Database } from "../../../../db/connection/postgres.ts";
import { createApiKey } from "../../../../db/tenants/api-keys.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import type { Config } from "../../../../infra/runtime/config/config.ts";
import type { AgentDeed } from "./deed.ts";

/** The agent who takes conversations over. */
const AGENT = "dana";
const RESPONSE_WITHIN_MS = 10_000;
const SCOPES = ["conversations:write", "conversations:read", "contacts:write", "accounts:write"] as const;

/** The key of a message. */
export interface MessageKey {
  channel: string;
  providerMessageId: string;
}

interface AgentAct {
  does: AgentDeed;
  about: MessageKey;
  /** For a link: a message of the other contact. */
  other: MessageKey | null;
}

interface Call {
  path: string;
  body?: object;
}

/** An agent of the business, who uses the REST API. `db` is a direct connection. */
export function openAgentClient(config: Config, db: () => Database) {
  let key: Promise<string> | undefined;
  const issueKey = async () => {
    const { rows } = await db().execute<{ id: string }>(sql`SELECT id FROM tenants ORDER BY id LIMIT 1`);
    const tenantId = rows[0]?.id ?? "";
    const created = await createApiKey(db(), createConfiguredVault(config), {
      tenantId,
      name: "faults",
      scopes: SCOPES,
    });
    return created.key;
  };
  return {
    /** Creates the key, which needs PostgreSQL. */
    async open(): Promise<void> {
      await (key ??= issueKey());
    },
    /** The status of the response; 0 without one, or while the conversation is not stored. */
    async act(act: AgentAct): Promise<number> {
      const call = await planCall(db(), act).catch(() => null);
      if (call === null) return 0;
      try {
        const response = await fetch(config.PUBLIC_BASE_URL + call.path, {
          method: "POST",
          headers: {
            authorization: `Bearer ${await (key ??= issueKey())}`,
            ...(call.body !== undefined && { "content-type": "application/json" }),
          },
          ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
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

/** Null while the message is not stored. */
async function planCall(db: Database, { does, about, other }: AgentAct): Promise<Call | null> {
  if (does === "pause_account" || does === "resume_account")
    return { path: `/v1/accounts/${about.channel}/main/${does === "pause_account" ? "pause" : "resume"}` };
  const stored = await findStored(db, about);
  if (stored === null) return null;
  const conversation = `/v1/conversations/${stored.conversationId}`;
  if (does === "take_over") return { path: `${conversation}/take-over`, body: { agent: AGENT } };
  if (does === "hand_back") return { path: `${conversation}/hand-back`, body: { agent: AGENT } };
  if (does === "pause" || does === "resume") return { path: `${conversation}/${does}` };
  const linked = other === null ? null : await findStored(db, other);
  if (linked === null) return null;
  return { path: `/v1/contacts/${stored.contactId}/link`, body: { contact_id: linked.contactId } };
}

async function findStored(
  db: Database,
  { channel, providerMessageId }: MessageKey,
): Promise<{ conversationId: string; contactId: string } | null> {
  const { rows } = await db.execute<{ conversationId: string; contactId: string }>(sql`
    SELECT i.conversation_id AS "conversationId", c.contact_id AS "contactId"
    FROM inbox i JOIN conversations c ON c.id = i.conversation_id
    WHERE i.channel = ${channel} AND i.provider_message_id = ${providerMessageId}`);
  return rows[0] ?? null;
}
