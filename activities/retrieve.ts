import { randomBytes } from "node:crypto";
import { findTenant } from "../db/tenants/accounts.ts";
import { type Database, type Queryable, withConnection } from "../db/connection/postgres.ts";
import { findLinkedConversations } from "../db/contacts/linked-conversations.ts";
import {
  findTurnScope,
  findTurnMessages,
  findRecentLines,
  type InboundText,
  type TranscriptLine,
  type TurnScope,
} from "../db/conversations/transcript.ts";
import { findChannel } from "../infra/channels/registry.ts";
import { findContext, saveContext } from "../db/turns/turn-texts.ts";
import type { Vault } from "../db/connection/vault.ts";
import type { Route } from "../workflows/types.ts";
import type { TurnStep } from "./contract.ts";
import { PROMPT_VERSION } from "./answer/prompts/answer-prompt.ts";
import { createRandomWord } from "./answer/prompts/random-word.ts";
import type { Search } from "./answer/retrieval/search.ts";
import type { TurnContext } from "./answer/retrieval/turn-context.ts";
import type { TextTasks } from "./answer/threads/text-tasks.ts";

export interface RetrieveDependencies {
  db: Database;
  vault: Vault;
  search: Search;
  texts: Pick<TextTasks, "prepareTexts">;
  models: Route["models"];
}

/** Lines of the conversation to read: enough for four exchanges, some of which may be bursts. */
const HISTORY_LINES = 40;
/** A contact who changes the channel does so within a day, and rarely uses more than three other channels. */
const LINKED = { withinMs: 24 * 3_600_000, limit: 3 };
const LINKED_LINES = 6;
const PASSAGES = 5;

export function createRetrieve({ db, vault, search, texts, models }: RetrieveDependencies) {
  return async function retrieve({ turnId }: TurnStep): Promise<Route> {
    const read = await withConnection(db, async (one) => await readTurn(one, turnId));
    if (read.route !== undefined) return read.route;
    const { scope, inbound, earlierLines, tenant } = read;
    const { businessName, allowedLinks, phoneRegion } = tenant;
    const prepared = await texts.prepareTexts({
      phoneRegion,
      questions: inbound.map(({ text }) => text),
      history: earlierLines.map(({ role, text }) => ({ role, text })),
    });
    const found = await search(scope.tenantId, prepared.query, PASSAGES);

    const context: TurnContext = {
      businessName,
      questions: prepared.questions,
      history: prepared.history,
      passages: found.passages.map(({ id, title, heading, body }) => ({ id, title, heading, text: body })),
      placeholders: prepared.placeholders,
      allowedLinks,
      phoneRegion,
      delimiter: createRandomWord(
        found.passages.flatMap(({ id, title, heading, body }) => [id, title, heading, body]),
      ),
      canary: `ref-${randomBytes(8).toString("hex")}`,
    };
    const route: Route = {
      promptVersion: PROMPT_VERSION,
      indexVersion: found.indexVersion,
      models,
      passages: found.passages.map(({ id }) => id),
      degraded: [
        ...found.degraded,
        ...(prepared.shortened === 0 ? [] : [`questions_shortened:${prepared.shortened}`]),
        ...(prepared.dropped === 0 ? [] : [`history_shortened:${prepared.dropped}`]),
      ],
      paidTiers: scope.reservedUsd > 0,
    };
    await saveContext(db, vault, scope, { context: JSON.stringify(context), route });
    return route;
  };

  /** The stored route where an earlier attempt has one. */
  async function readTurn(one: Queryable, turnId: string) {
    const scope = await findTurnScope(one, turnId);
    const stored = await findContext(one, vault, scope);
    if (stored !== null) return { route: stored.route as Route };
    const inbound = await findTurnMessages(one, vault, scope);
    const earlierLines = await loadEarlierLines(one, scope, inbound);
    return { scope, inbound, earlierLines, tenant: await findTenant(one, scope.tenantId) };
  }

  /** The texts before this turn, oldest first, with recent ones of the same contact on linked channels. */
  async function loadEarlierLines(
    one: Queryable,
    scope: TurnScope,
    inbound: readonly InboundText[],
  ): Promise<TranscriptLine[]> {
    const seq = Math.min(...inbound.map((message) => message.seq));
    const before = { seq, limit: HISTORY_LINES, exceptTurn: scope.turnId };
    const own = await findRecentLines(one, vault, scope, before);
    // Others read the reply in a group, so a prompt for a group has nothing from the contact's other conversations.
    const isDirect = findChannel(scope.channel)?.isDirect(scope.thread) ?? false;
    const linked = isDirect ? await findLinkedConversations(one, scope, LINKED) : [];
    const linkedBefore = { seq: Number.MAX_SAFE_INTEGER, limit: LINKED_LINES };
    const others: TranscriptLine[] = [];
    for (const conversation of linked)
      others.push(...(await findRecentLines(one, vault, conversation, linkedBefore)));
    return [...own, ...others].toSorted((a, b) => a.writtenAtMs - b.writtenAtMs);
  }
}
