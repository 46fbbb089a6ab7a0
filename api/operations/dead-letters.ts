import { type DeliveryRow, listTurnDeliveries } from "../../db/delivery/list-deliveries.ts";
import type { DeadLetter } from "../../db/dead-letters/dead-letter-rows.ts";
import {
  type DeadLetterFilter,
  findDeadLetter,
  listDeadLetters as selectDeadLetters,
} from "../../db/dead-letters/dead-letters.ts";
import {
  replayDeadLetter as replayRow,
  type ReplayResult,
} from "../../db/dead-letters/replay-dead-letter.ts";
import {
  dismissDeadLetter as dismissRow,
  restoreDeadLetter as restoreRow,
} from "../../db/dead-letters/dismiss-dead-letter.ts";
import type { Page, PageRequest } from "../../db/connection/page.ts";
import type { OwnedId, Using } from "./operation-context.ts";
import { OperationError, requireFound } from "./operation-error.ts";

/** The dead letter that died last comes first. */
export async function listDeadLetters(
  { db }: Using<"db">,
  { filter, page }: { filter: DeadLetterFilter; page: PageRequest },
): Promise<Page<DeadLetter>> {
  return await selectDeadLetters(db, filter, page);
}

export interface DeadLetterWithDeliveries {
  letter: DeadLetter;
  deliveries: DeliveryRow[];
}

export async function getDeadLetter({ db }: Using<"db">, key: OwnedId): Promise<DeadLetterWithDeliveries> {
  const letter = requireFound("dead_letter", await findDeadLetter(db, key));
  return { letter, deliveries: letter.kind === "reply" ? await listTurnDeliveries(db, letter.id) : [] };
}

interface Duplicates {
  /** A part that may have arrived is sent again if the channel cannot be asked about it. */
  acceptDuplicates: boolean;
}

/** Two replays of one dead letter are one: the second result is `already_replayed`. */
export async function replayDeadLetter(
  { db, vault }: Using<"db" | "vault">,
  input: OwnedId & Duplicates,
): Promise<Replay> {
  const outcome = await replayRow(db, vault, input);
  if (outcome === "not_found") throw new OperationError({ code: "not_found", subject: "dead_letter" });
  if (outcome === "endpoint_disabled") throw new OperationError({ code: "endpoint_disabled" });
  if (outcome === "unreadable") throw new OperationError({ code: "not_replayable" });
  return { id: input.id, outcome };
}

export interface Replay {
  id: string;
  outcome: "replayed" | "already_replayed";
}

export interface ReplayMany extends Duplicates {
  filter: DeadLetterFilter;
  limit: number;
  onProgress(done: number, found: number): void;
}

/** Replays those that died last first, and counts the outcomes. */
export async function replayDeadLetters(
  context: Using<"db" | "vault">,
  { filter, limit, acceptDuplicates, onProgress }: ReplayMany,
): Promise<{ found: number; outcomes: Record<ReplayResult, number> }> {
  const { rows } = await listDeadLetters(context, { filter, page: { limit, keysetBefore: null } });
  const outcomes = { replayed: 0, already_replayed: 0, not_found: 0, endpoint_disabled: 0, unreadable: 0 };
  for (const [i, { id }] of rows.entries()) {
    const request = { tenantId: filter.tenantId, id, acceptDuplicates };
    outcomes[await replayRow(context.db, context.vault, request)] += 1;
    onProgress(i + 1, rows.length);
  }
  return { found: rows.length, outcomes };
}

export interface Dismissal {
  /** Who dismisses it. */
  author: string;
  note: string;
  /** Nothing changes: the result shows what would be dismissed. */
  dryRun: boolean;
}

export interface DismissResult {
  id: string;
  dryRun: boolean;
  outcome: "dismissed" | "already_dismissed" | "restored" | "not_dismissed";
}

/** Takes a dead letter out of the lists and counts. It is not sent again until an operator restores or replays it. */
export async function dismissDeadLetter(
  { db }: Using<"db">,
  input: OwnedId & Dismissal,
): Promise<DismissResult> {
  const outcome = await dismissRow(db, input);
  if (outcome === "not_found") throw new OperationError({ code: "not_found", subject: "dead_letter" });
  return { id: input.id, dryRun: input.dryRun, outcome };
}

/** Ends a dismissal. */
export async function restoreDeadLetter(
  { db }: Using<"db">,
  input: OwnedId & { dryRun: boolean },
): Promise<DismissResult> {
  const outcome = await restoreRow(db, input);
  if (outcome === "not_found") throw new OperationError({ code: "not_found", subject: "dead_letter" });
  return { id: input.id, dryRun: input.dryRun, outcome };
}

/** Dismisses those that match, the last ones first. */
export async function dismissDeadLetters(
  context: Using<"db">,
  { filter, limit, ...dismissal }: Dismissal & { filter: DeadLetterFilter; limit: number },
): Promise<{ found: number; dismissed: number; letters: DeadLetter[] }> {
  const { rows } = await listDeadLetters(context, { filter, page: { limit, keysetBefore: null } });
  let dismissed = 0;
  for (const { id } of rows) {
    const outcome = await dismissRow(context.db, { tenantId: filter.tenantId, id, ...dismissal });
    if (outcome === "dismissed") dismissed += 1;
  }
  return { found: rows.length, dismissed, letters: rows };
}
