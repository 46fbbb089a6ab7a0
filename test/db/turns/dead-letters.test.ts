import { eq } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failTurn } from "../../../db/turns/finish-turn.ts";
import { DUPLICATE_ACCEPTED, replayDeadLetter } from "../../../db/dead-letters/replay-dead-letter.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { turns } from "../../../db/schema/turns.ts";
import { finishTurn } from "../../../db/turns/finish-turn.ts";
import { createDeadLetterSteps, type DeadLetterSteps } from "./dead-letter-steps.ts";
import { eventually } from "../../support/eventually.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

const OPERATORS = 10;

let opened: OpenDatabase;
let steps: DeadLetterSteps;
beforeAll(async () => {
  opened = await openDatabase("dead_letters", { maxConnections: OPERATORS });
  steps = createDeadLetterSteps(opened);
});
afterAll(() => opened.close());

describe("a reply", () => {
  it.each([
    ["failed", ["refused"], true],
    ["failed", ["intended", "intended"], true],
    ["failed", [], true],
    ["answered", ["accepted", "refused", "refused"], true],
    ["answered", ["accepted", "unknown", "accepted"], true],
    ["answered", ["accepted", "accepted"], false],
    ["answered", ["accepted", "suppressed", "refused"], false],
    ["suppressed", ["suppressed"], false],
  ] as const)(
    "a reply that ended %s with the parts %j is a dead letter: %s",
    async (outcome, states, isDead) => {
      const turn = await steps.seedReply(states);
      expect(await steps.letterOf(turn)).toBeNull();
      await steps.endDelivery(turn, outcome, "refused:permanent:30003");
      const letter = await steps.letterOf(turn);
      expect(letter !== null).toBe(isDead);
      if (!isDead) return;
      const parts = {
        parts: states.length,
        partsAccepted: states.filter((state) => state === "accepted").length,
      };
      expect(letter).toMatchObject({
        kind: "reply",
        reason: "refused:permanent:30003",
        messages: 1,
        ...parts,
      });
    },
  );

  it("a reply with a lost response is no longer a dead letter after a late receipt", async () => {
    const turn = await steps.seedReply(["unknown"]);
    await steps.endDelivery(turn, "answered", "unknown:response_lost");
    expect(await steps.letterOf(turn)).not.toBeNull();
    await opened.db
      .update(deliveries)
      .set({ state: "accepted" })
      .where(eq(deliveries.turnId, turn.scope.turnId));
    expect(await steps.letterOf(turn)).toBeNull();
  });

  it("a reply is replayed from its first part that is not accepted, with a new schedule", async () => {
    const turn = await steps.seedReply(["accepted", "refused", "refused"]);
    await steps.endDelivery(turn, "failed", "refused:permanent:30003");
    const [first] = await steps.readParts(turn);
    expect(await steps.replay(turn)).toBe("replayed");
    const after = await steps.readParts(turn);
    expect(after[0]).toEqual(first);
    expect(after.slice(1)).toMatchObject([
      { state: "intended", attempt: 2, earlierAttempts: 2, code: null, refusal: null, nextAttemptAt: null },
      { state: "intended", attempt: 2, earlierAttempts: 2 },
    ]);
    expect(await steps.readMessages(turn)).toMatchObject([
      { state: "in_turn", reason: null, turnId: turn.scope.turnId },
    ]);
    const [row] = await opened.db.select().from(turns).where(eq(turns.id, turn.scope.turnId));
    expect(row).toMatchObject({ state: "open", outcome: null, workflowId: `reply:${turn.scope.turnId}` });
    expect(await steps.letterOf(turn)).toBeNull();
  });

  it("the messages of a reply that was never made go to the next turn", async () => {
    const turn = await steps.seedReply([]);
    await failTurn(opened.db, { turnId: turn.scope.turnId, reason: "poison:unreadable", build: "test" });
    expect(await steps.readMessages(turn)).toMatchObject([{ state: "failed", reason: "poison:unreadable" }]);
    expect(await steps.replay(turn)).toBe("replayed");
    expect(await steps.readMessages(turn)).toMatchObject([{ state: "pending", reason: null, turnId: null }]);
    expect(await steps.replay(turn)).toBe("already_replayed");
  });

  it("is replayed once by ten operators at once, and says so to all but one", async () => {
    const turn = await steps.seedReply(["refused"]);
    await steps.endDelivery(turn, "failed", "refused:permanent:30003");
    // All of them are under way before the first can write.
    const rival = new pg.Client({ connectionString: opened.url });
    await rival.connect();
    await rival.query("BEGIN");
    await rival.query("SELECT FROM turns WHERE id = $1 FOR UPDATE", [turn.scope.turnId]);
    const begun = Promise.all(Array.from({ length: OPERATORS }, async () => await steps.replay(turn)));
    await eventually("all of them wait", async () => {
      // A transaction sees everybody's activity as it was at its first look.
      await rival.query("SELECT pg_stat_clear_snapshot()");
      const { rows } = await rival.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rows.length === OPERATORS;
    });
    await rival.query("COMMIT");
    await rival.end();
    const outcomes = await begun;
    expect(outcomes.filter((outcome) => outcome === "replayed")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "already_replayed")).toHaveLength(OPERATORS - 1);
    await opened.db
      .update(deliveries)
      .set({ state: "accepted" })
      .where(eq(deliveries.turnId, turn.scope.turnId));
    await finishTurn(opened.db, { turnId: turn.scope.turnId, outcome: "answered", reason: null });
    expect(await steps.replay(turn)).toBe("already_replayed");
  });

  it("a replayed reply that the gate stops stays a dead letter and may be replayed again", async () => {
    const turn = await steps.seedReply(["refused"]);
    await steps.endDelivery(turn, "failed", "refused:config:401");
    await steps.replay(turn);
    await opened.db
      .update(deliveries)
      .set({ state: "suppressed", code: "account_paused" })
      .where(eq(deliveries.turnId, turn.scope.turnId));
    await steps.endDelivery(turn, "suppressed", "account_paused");
    expect(await steps.letterOf(turn)).toMatchObject({ reason: "account_paused", messages: 1 });
    expect(await steps.replay(turn)).toBe("replayed");
    expect(await steps.readParts(turn)).toMatchObject([{ state: "intended", code: null }]);
    expect(await steps.readMessages(turn)).toMatchObject([{ state: "in_turn" }]);
  });

  it("a replayed reply that a newer message supersedes is no dead letter, and both messages are answered together", async () => {
    const turn = await steps.seedReply(["intended"]);
    await steps.endDelivery(turn, "failed", "poison:not_configured");
    await steps.replay(turn);
    await opened.db
      .update(deliveries)
      .set({ state: "suppressed", code: "newer_message" })
      .where(eq(deliveries.turnId, turn.scope.turnId));
    await steps.endDelivery(turn, "superseded", "newer_message");
    expect(await steps.readMessages(turn)).toMatchObject([{ state: "pending" }]);
    expect(await steps.letterOf(turn)).toBeNull();
    expect(await steps.replay(turn)).toBe("already_replayed");
  });

  it("a dead letter stays one when a late attempt reaches its closed turn", async () => {
    const turn = await steps.seedReply(["intended"]);
    await steps.endDelivery(turn, "failed", "poison:stuck");
    await opened.db
      .update(deliveries)
      .set({ state: "suppressed", code: "turn_closed" })
      .where(eq(deliveries.turnId, turn.scope.turnId));
    expect(await steps.replay(turn)).toBe("replayed");
    expect(await steps.readParts(turn)).toMatchObject([{ state: "intended", code: null }]);
  });

  it("a reply with a lost response is reconciled first, and is sent twice only if an operator allows it", async () => {
    const careful = await steps.seedReply(["unknown"]);
    const bold = await steps.seedReply(["unknown"]);
    for (const turn of [careful, bold]) await steps.endDelivery(turn, "answered", "unknown:response_lost");
    await steps.replay(careful);
    await steps.replay(bold, true);
    const parts = [...(await steps.readParts(careful)), ...(await steps.readParts(bold))];
    expect(parts).toMatchObject([
      { state: "sending", code: null },
      { state: "sending", code: DUPLICATE_ACCEPTED },
    ]);
    // No process is sending it now, so there is no need to wait for it.
    for (const part of parts) expect(part.nextAttemptAt?.getTime()).toBeGreaterThan(part.updatedAt.getTime());
  });

  it("a reply of another tenant, or one that is no dead letter, is not found", async () => {
    const turn = await steps.seedReply(["refused"]);
    const request = { id: turn.scope.turnId, acceptDuplicates: false };
    expect(await steps.replay(turn)).toBe("not_found");
    await steps.endDelivery(turn, "failed", "refused:permanent:30003");
    const other = { ...request, tenantId: "somebody-else" };
    expect(await replayDeadLetter(opened.db, opened.vault, other)).toBe("not_found");
    expect(await steps.readParts(turn)).toMatchObject([{ state: "refused" }]);
  });
});
