import { randomBytes } from "node:crypto";
import { type Database, type Queryable, withConnection } from "../../../db/connection/postgres.ts";
import { findLinkedConversations } from "../../../db/contacts/linked-conversations.ts";
import {
  findTurnMessages,
  findRecentLines,
  type InboundText,
  type TranscriptLine,
  type TurnScope,
} from "../../../db/conversations/transcript.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { findTenant } from "../../../db/tenants/accounts.ts";
import { readTurn } from "../../../db/turns/read-turn.ts";
import type { RememberedTurn, TurnMemory } from "../../../db/turns/turn-memory.ts";
import { saveContext, type StoredContext } from "../../../db/turns/turn-texts.ts";
import { findChannel } from "../../../infra/channels/registry.ts";
import type { Route } from "../../../workflows/types.ts";
import { PROMPT_VERSION } from "../prompts/answer-prompt.ts";
import { createRandomWord } from "../prompts/random-word.ts";
import type { TextTasks } from "../threads/text-tasks.ts";
import type { Search } from "./search.ts";
import type { TurnContext } from "./turn-context.ts";

export interface BuildContextDependencies {
  db: Database;
  vault: Vault;
  memory: TurnMemory;
  search: Search;
  texts: Pick<TextTasks, "prepareTexts">;
  models: Route["models"];
}

/** A turn whose context is stored. */
export type TurnWithContext = RememberedTurn & { context: StoredContext };

/** Lines of the conversation to read: enough for four exchanges, some of which may be bursts. */
const HISTORY_LINES = 40;
/** A contact who changes the channel does so within a day, and rarely uses more than three other channels. */
const LINKED = { withinMs: 24 * 3_600_000, limit: 3 };
const LINKED_LINES = 6;
const PASSAGES = 5;

/** The first tier: most turns have no completion of another one. */
const FIRST_TIER = "full_context";

export function createBuildContext({ db, vault, memory, search, texts, models }: BuildContextDependencies) {
  /** Builds and stores the context of a turn, or reads the one that another attempt has stored. */
  return async function buildContext(turnId: string, tier: string = FIRST_TIER): Promise<TurnWithContext> {
    for (;;) {
      const read = await withConnection(db, async (one) => await readToAnswer(one, { turnId, tier }));
      if (read.isStored) return read.turn;
      const { turn } = read;
      const context = await build(turn.scope, read);
      const version = await saveContext(db, vault, turn, context);
      // Another attempt was faster. Its context is the one that a completion answers.
      if (version === null) continue;
      const built = { ...turn, version, context };
      memory.remember(built);
      return built;
    }
  };

  async function readToAnswer(one: Queryable, step: { turnId: string; tier: string }) {
    const turn = await readTurn(one, vault, step, memory.find(step.turnId));
    const { scope, context } = turn;
    if (context !== null) return { isStored: true, turn: { ...turn, context } } as const;
    const inbound = await findTurnMessages(one, vault, scope);
    const earlierLines = await loadEarlierLines(one, scope, inbound);
    const tenant = await findTenant(one, scope.tenantId);
    return { isStored: false, turn, inbound, earlierLines, tenant } as const;
  }

  async function build(
    scope: TurnScope,
    {
      inbound,
      earlierLines,
      tenant: { businessName, allowedLinks, phoneRegion },
    }: {
      inbound: readonly InboundText[];
      earlierLines: readonly TranscriptLine[];
      tenant: Awaited<ReturnType<typeof findTenant>>;
    },
  ): Promise<StoredContext> {
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
      embeddingUsd: found.embeddingUsd,
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
    return { context: JSON.stringify(context), route };
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
    const linked = isDirect && scope.isLinked ? await findLinkedConversations(one, scope, LINKED) : [];
    const linkedBefore = { seq: Number.MAX_SAFE_INTEGER, limit: LINKED_LINES };
    const others: TranscriptLine[] = [];
    for (const conversation of linked)
      others.push(...(await findRecentLines(one, vault, conversation, linkedBefore)));
    return [...own, ...others].toSorted((a, b) => a.writtenAtMs - b.writtenAtMs);
  }
}

export type BuildContext = ReturnType<typeof createBuildContext>;
