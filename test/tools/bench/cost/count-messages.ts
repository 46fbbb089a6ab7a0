import { eq } from "drizzle-orm";
import type { Client } from "@temporalio/client";
import type { Database } from "../../../../db/connection/postgres.ts";
import { inbox } from "../../../../db/schema/conversations.ts";
import { eventually } from "../../../support/eventually.ts";
import { type CountByStep, countStatements, type StatementCount, totalOf } from "./count-statements.ts";
import { INGRESS } from "./name-portals.ts";
import { parseStatements } from "./statement-log.ts";

/** Statements outside of a message: the sweeper, pollers, and refreshes of what a process keeps in memory. */
const BACKGROUND = "background";
/** The processes of the product, and not those that measure. */
const PRODUCT = /^parley-(?!bench)/;
/** A count of nothing is below each limit. `screen` needs no statement while the turn is in memory. */
const COUNTED = [INGRESS, "admit", "retrieve", "generate", "record", "deliver"];
const ANSWERED_WITHIN_MS = 60_000;

export interface CountedInstallation {
  db: Database;
  temporal: Client;
  /** What the server has logged since the last call. */
  readLog(): string;
  /** Resolves with the id of the message when the ingress has accepted it. */
  sendMessage(from: string): Promise<string>;
}

/** Medians over several messages, so that a refresh which falls into one of them is not part of the cost. */
export interface MessageCost {
  total: StatementCount;
  by_step: CountByStep;
}

/** Sends the messages one after the other and counts the statements of each from the ingress to the end of its workflow. Throws where the log lacks a step. */
export async function countMessages(
  installation: CountedInstallation,
  addresses: readonly string[],
): Promise<MessageCost> {
  const counts: CountByStep[] = [];
  for (const from of addresses) {
    installation.readLog();
    await answerMessage(installation, from);
    const { [BACKGROUND]: _background, ...message } = countStatements(
      parseStatements(installation.readLog()).filter(({ application }) => PRODUCT.test(application)),
      () => BACKGROUND,
    );
    counts.push(message);
  }
  const steps = medianByStep(counts);
  requireCounted(steps);
  return { total: medianCount(counts.map(totalOf)), by_step: steps };
}

/** Sends a message and waits for the end of its workflow, which is after its last statement. */
export async function answerMessage(
  { db, temporal, sendMessage }: CountedInstallation,
  from: string,
): Promise<void> {
  const id = await sendMessage(from);
  const readRow = async () =>
    (await db.select().from(inbox).where(eq(inbox.providerMessageId, id)).limit(1))[0];
  await eventually("an answer", async () => (await readRow())?.state === "answered", ANSWERED_WITHIN_MS);
  await temporal.workflow.getHandle((await readRow())?.workflowId ?? "").result();
}

/** The settings of the log, the names of the processes or the format of the log may have changed. */
export function requireCounted(steps: CountByStep): void {
  const absent = COUNTED.filter((step) => (steps[step]?.statements ?? 0) === 0);
  if (absent.length > 0)
    throw new Error(
      `The log of PostgreSQL shows no statement of ${absent.join(", ")}, so the cost is unknown.`,
    );
}

function medianByStep(counts: readonly CountByStep[]): CountByStep {
  const steps = new Set(counts.flatMap((count) => Object.keys(count)));
  const none: StatementCount = { statements: 0, synced_commits: 0, unsynced_commits: 0 };
  return Object.fromEntries(
    [...steps].map((step) => [step, medianCount(counts.map((count) => count[step] ?? none))]),
  );
}

function medianCount(counts: readonly StatementCount[]): StatementCount {
  const median = (name: keyof StatementCount) =>
    counts.map((count) => count[name]).toSorted((a, b) => a - b)[Math.floor(counts.length / 2)] ?? 0;
  return {
    statements: median("statements"),
    synced_commits: median("synced_commits"),
    unsynced_commits: median("unsynced_commits"),
  };
}
