import { ApplicationFailure } from "@temporalio/activity";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, it } from "vitest";
import type { Database } from "../../db/connection/postgres.ts";
import { createEventEndpoint } from "../../db/events/event-endpoints.ts";
import { connectCrashing, type Interruption } from "../support/activities/crashing-database.ts";
import { openDatabase, type OpenDatabase } from "../support/open-database.ts";
import { runActivity } from "../support/activities/run-activity.ts";
import { type Scenario, SCENARIOS } from "./crash-scenarios.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("crash_points", { maxConnections: 10 });
});
afterAll(() => opened.close());

const MAX_ATTEMPTS = 10;

/** Attempts until one succeeds, as Temporal makes them; the result of the step. */
async function retryUntilDone(scenario: Scenario): Promise<unknown> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    try {
      return await runActivity(() => scenario.run(opened.db), { attempt });
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Number(error.nextRetryDelay ?? 100)));
    }
  }
  throw new Error("The step did not end.");
}

/** What a contact, an agent and an operator see of the step in the end. No ids, no times, no counts of attempts. */
async function readEnd(db: Database, { tenantId, sent }: Scenario) {
  const rows = (columns: string, from: string, order: string) => sql`
    (SELECT coalesce(jsonb_agg(to_jsonb(r)), '[]') FROM (SELECT ${sql.raw(columns)} FROM ${sql.raw(from)}
      WHERE x.tenant_id = ${tenantId} ORDER BY ${sql.raw(order)}) r)`;
  const { rows: found } = await db.execute(sql`SELECT
    ${rows("state, reason, keyword, turn_id IS NULL AS is_free", "inbox x", "received_at, seq")} AS inbox,
    ${rows("kind, state, outcome, outcome_reason, plan, notice, silence_reason, reserved_usd", "turns x", "opened_at")} AS turns,
    ${rows("x.part, x.state, x.code, x.refusal", "deliveries x JOIN turns t ON t.id = x.turn_id", "t.opened_at, x.part")} AS parts,
    ${rows("turn_owner IS NULL AS is_free, taken_over_by, pause_reason", "conversations x", "last_inbound_at")} AS conversations,
    ${rows("reserved_usd, spent_usd", "budget_use x", "1")} AS budgets,
    ${rows("state, source", "consents x", "1")} AS consents,
    ${rows("disabled_at IS NULL AS is_enabled", "channel_accounts x", "1")} AS accounts,
    ${rows("type", "events x", "1")} AS events`);
  return { sent: sent(), ...found[0] };
}

async function prepare(name: string): Promise<Scenario> {
  const scenario = await SCENARIOS[name]?.(opened);
  if (scenario === undefined) throw new Error(`There is no scenario "${name}".`);
  const { tenantId } = scenario;
  const endpoint = { tenantId, url: "https://events.test", types: [], includeText: false };
  await createEventEndpoint(opened.db, opened.vault, endpoint);
  return scenario;
}

/** One attempt that is interrupted after this commit, then attempts until the end. `reached`: it had so many commits. */
async function runInterrupted(name: string, at: number, how: Interruption) {
  const scenario = await prepare(name);
  const crashing = connectCrashing(opened.url, { at, how });
  const first = await runActivity(() => scenario.run(crashing.db)).catch((error: unknown) => error);
  const reached = crashing.count() >= at;
  await crashing.close();
  const result = first instanceof Error ? await retryUntilDone(scenario) : first;
  return { reached, result, end: await readEnd(opened.db, scenario) };
}

it.concurrent.for(Object.keys(SCENARIOS))(
  "an attempt that is interrupted after any commit changes no outcome: %s",
  async (name, { expect }) => {
    const undisturbed = await prepare(name);
    const result = await retryUntilDone(undisturbed);
    const expected = { result: toComparable(result), end: await readEnd(opened.db, undisturbed) };
    const tryAll = async (how: Interruption) => {
      for (let at = 1; ; at++) {
        const interrupted = await runInterrupted(name, at, how);
        if (!interrupted.reached) return at - 1;
        const found = { result: toComparable(interrupted.result), end: interrupted.end };
        expect(found, `${how} after commit ${at}`).toEqual(expected);
      }
    };
    const [crashes, losses] = await Promise.all([tryAll("crash"), tryAll("lost")]);
    expect(Math.min(crashes, losses)).toBeGreaterThan(0);
  },
);

/** Without the ids, and without what a repeated attempt does not know. */
function toComparable(result: unknown): object {
  const { turnId: _turnId, messages: _messages, ...rest } = result as Record<string, unknown>;
  return rest;
}
