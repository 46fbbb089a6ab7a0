import { randomBytes } from "node:crypto";
import { findTenant } from "../db/tenants/accounts.ts";
import type { Database } from "../db/connection/postgres.ts";
import { findLinkedConversations } from "../db/contacts/linked-conversations.ts";
import {
  findTurnScope,
  findTurnMessages,
  findRecentLines,
  type TranscriptLine,
  type TurnScope,
} from "../db/conversations/transcript.ts";
import { findContext, saveContext } from "../db/turns/turn-texts.ts";
import type { Vault } from "../db/connection/vault.ts";
import type { Route } from "../workflows/types.ts";
import type { TurnStep } from "./contract.ts";
import { PROMPT_VERSION } from "./answer/prompts/answer-prompt.ts";
import { fitHistory, fitQuestions } from "./answer/prompts/fit-context.ts";
import type { Search } from "./answer/retrieval/search.ts";
import type { TurnContext } from "./answer/retrieval/turn-context.ts";
import type { Masker } from "./answer/safety/mask-pii.ts";

export interface RetrieveDependencies {
  db: Database;
  vault: Vault;
  search: Search;
  masker: Masker;
  models: Route["models"];
}

/** Lines of earlier conversation that are looked at: four exchanges, of which some may be bursts. */
const HISTORY_LINES = 40;
/** A person who goes on elsewhere does so within a day; more channels at once than these nobody uses. */
const LINKED = { withinMs: 24 * 3_600_000, limit: 3 };
const LINKED_LINES = 6;
const PASSAGES = 5;

export function createRetrieve({ db, vault, search, masker, models }: RetrieveDependencies) {
  return async function retrieve({ turnId }: TurnStep): Promise<Route> {
    const scope = await findTurnScope(db, turnId);
    const stored = await findContext(db, vault, scope);
    if (stored !== null) return stored.route as Route;

    const inbound = await findTurnMessages(db, vault, scope);
    const firstSeq = Math.min(...inbound.map((message) => message.seq));
    const history = await findRecentLines(db, vault, scope, {
      seq: firstSeq,
      limit: HISTORY_LINES,
      exceptTurn: turnId,
    });
    const linkedLines = await loadLinkedLines(scope);
    // Masked before anything leaves: the search asks the embedding model, which is a vendor's too.
    const masking = masker.start();
    const questions = inbound.map((message) => masking.mask(message.text));
    const earlierLines = [...history, ...linkedLines].toSorted((a, b) => a.writtenAtMs - b.writtenAtMs);
    const lines = earlierLines.map(({ role, text }) => ({ role, text: masking.mask(text) }));
    const asked = fitQuestions(questions);
    const before = fitHistory(lines);
    const found = await search(scope.tenantId, questions.join("\n"), PASSAGES);
    const tenant = await findTenant(db, scope.tenantId);

    const context: TurnContext = {
      businessName: tenant.businessName,
      questions: asked.questions,
      history: before.lines,
      passages: found.passages.map(({ id, title, heading, body }) => ({ id, title, heading, text: body })),
      placeholders: masking.placeholders(),
      canary: `ref-${randomBytes(8).toString("hex")}`,
    };
    const route: Route = {
      promptVersion: PROMPT_VERSION,
      indexVersion: found.indexVersion,
      models,
      passages: found.passages.map(({ id }) => id),
      degraded: [
        ...found.degraded,
        ...(asked.shortened === 0 ? [] : [`questions_shortened:${asked.shortened}`]),
        ...(before.dropped === 0 ? [] : [`history_shortened:${before.dropped}`]),
      ],
      paidTiers: scope.reservedUsd > 0,
    };
    await saveContext(db, vault, scope, { context: JSON.stringify(context), route });
    return route;
  };

  /** What the same person said on another channel not long ago, where the business has linked the two. */
  async function loadLinkedLines(scope: TurnScope): Promise<TranscriptLine[]> {
    const linked = await findLinkedConversations(db, scope, LINKED);
    const before = { seq: Number.MAX_SAFE_INTEGER, limit: LINKED_LINES };
    const lines = await Promise.all(
      linked.map((conversation) => findRecentLines(db, vault, conversation, before)),
    );
    return lines.flat();
  }
}
