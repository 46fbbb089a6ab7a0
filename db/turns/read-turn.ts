import { and, eq, getTableColumns, type Placeholder, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import type { Vault } from "../connection/vault.ts";
import { isSameKey } from "../contacts/data-keys.ts";
import { SCOPE_COLUMNS } from "../conversations/transcript.ts";
import { keepStatement } from "../../infra/runtime/patches/keep-statement.ts";
import { contacts } from "../schema/contacts.ts";
import { conversations } from "../schema/conversations.ts";
import { modelResponses, turns } from "../schema/turns.ts";
import { openResponse } from "./model-responses.ts";
import type { RememberedTurn } from "./turn-memory.ts";
import { openContext } from "./turn-texts.ts";

/** No version is negative. */
const NONE = -1;

const selectTurn = keepStatement((db: Queryable) =>
  db
    .select({
      scope: SCOPE_COLUMNS,
      version: turns.version,
      nextSeq: conversations.nextSeq,
      context: sql<Buffer | null>`CASE WHEN ${turns.version} <> ${sql.placeholder("known")} THEN ${turns.context} END`,
      route: turns.route,
      response: getTableColumns(modelResponses),
    })
    .from(turns)
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .innerJoin(contacts, eq(contacts.id, conversations.contactId))
    .leftJoin(modelResponses, isUsed(sql.placeholder("tier")))
    .where(eq(turns.id, sql.placeholder("turnId"))),
);

/**
 * The turn with its context and its completion of a tier, in one statement. The context is not sent where the process remembers it and
 * neither the turn nor the key of the contact has changed: a text of an erased contact must not be used.
 */
export async function readTurn(
  db: Queryable,
  vault: Vault,
  { turnId, tier }: { turnId: string; tier: string },
  remembered: RememberedTurn | null = null,
): Promise<RememberedTurn> {
  const known = remembered?.version ?? NONE;
  const [row] = await selectTurn(db, { turnId, tier, known });
  if (row === undefined) throw new Error(`Turn ${turnId} does not exist.`);
  const { scope, version, nextSeq, route } = row;
  const isKnown = remembered !== null && version === known;
  if (isKnown && !isSameKey(remembered.scope.dataKey, scope.dataKey))
    return await readTurn(db, vault, { turnId, tier });
  const stored = row.context === null ? null : { context: openContext(vault, scope, row.context), route };
  return {
    version,
    nextSeq,
    scope,
    context: isKnown ? remembered.context : stored,
    response: row.response === null ? null : openResponse(vault, scope, row.response),
    parts: null,
  };
}

function isUsed(tier: Placeholder) {
  const { turnId, tier: ofTier, unusedCall } = modelResponses;
  return and(eq(turnId, turns.id), eq(ofTier, tier), eq(unusedCall, ""));
}
