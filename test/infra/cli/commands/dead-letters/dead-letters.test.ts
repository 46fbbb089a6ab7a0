import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listTurnDeliveries } from "../../../../../db/delivery/list-deliveries.ts";
import { finishTurn } from "../../../../../db/turns/finish-turn.ts";
import { type SeededTenant, seedTenant } from "../../../../api/v1/support/seed-tenant.ts";
import { type TerminalWithDatabase, openTerminalWithDatabase } from "../../open-terminal.ts";

let terminal: TerminalWithDatabase;
let acme: SeededTenant;
let other: SeededTenant;
beforeAll(async () => {
  terminal = await openTerminalWithDatabase();
  acme = await seedTenant(terminal, "acme");
  other = await seedTenant(terminal, "other");
  for (const { turnId } of [acme, other])
    await finishTurn(terminal.db, { turnId, outcome: "answered", reason: "unknown:response_lost" });
});
afterAll(() => terminal.close());

const dlq = async (...args: string[]) => await terminal.parley("dlq", ...args, "--tenant", "acme", "--json");
const listDeadLetters = async (...args: string[]) =>
  ((await dlq("list", ...args)).json["data"] as { id: string }[]).map(({ id }) => id);

describe("dlq", () => {
  it("the dead letters of a tenant can be filtered", async () => {
    expect(await listDeadLetters()).toEqual([acme.turnId]);
    expect(await listDeadLetters("--reason", "unknown", "--channel", "webhook", "--kind", "reply")).toEqual([
      acme.turnId,
    ]);
    expect(await listDeadLetters("--reason", "poison")).toEqual([]);
    expect(await listDeadLetters("--since", "2999-01-01T00:00:00Z")).toEqual([]);
    expect((await dlq("list", "--since", "yesterday")).status).toBe(2);
  });

  it("a dead letter is shown with its parts, and the list is a table", async () => {
    const { json } = await dlq("show", acme.turnId);
    const facts = {
      reason: "unknown:response_lost",
      parts: 1,
      parts_accepted: 0,
      parts_unknown: 1,
    };
    expect(json).toMatchObject({ ...facts, deliveries: [{ id: acme.deliveryId, state: "unknown" }] });
    const shown = await terminal.parley("dlq", "list", "--tenant", "acme");
    expect(shown.stdout).toContain(acme.turnId);
    expect((await dlq("show", other.turnId)).status).toBe(1);
  });

  it("a replay needs an id or a filter, and an id of the same tenant", async () => {
    expect((await dlq("replay")).status).toBe(2);
    expect(await dlq("replay", other.turnId)).toMatchObject({ status: 1, json: { code: "not_found" } });
    expect((await dlq("replay", "--reason", "poison")).json).toMatchObject({
      found: 0,
      replayed: 0,
    });
    expect(await listTurnDeliveries(terminal.db, acme.turnId)).toMatchObject([{ state: "unknown" }]);
  });

  it("a dead letter is dismissed with a note, not counted any more, and restored", async () => {
    const id = acme.turnId;
    const dismiss = async (...args: string[]) =>
      (await dlq("dismiss", ...args, "--author", "dana", "--note", "answered by telephone")).json;
    const countReplies = async () =>
      ((await terminal.parley("status", "--json")).json["dead_letters"] as { reply: number }).reply;
    expect((await dlq("dismiss", id, "--author", "dana")).status).toBe(2);
    expect(await dismiss()).toMatchObject({ errors: [{ field: "<id>" }] });
    expect(await dismiss("--reason", "unknown", "--dry-run")).toMatchObject({
      dry_run: true,
      found: 1,
      dismissed: 1,
      data: [{ id }],
    });
    expect([await listDeadLetters(), await countReplies()]).toEqual([[id], 2]);
    expect(await dismiss(id)).toEqual({ dead_letter_id: id, dry_run: false, outcome: "dismissed" });
    expect(await dismiss(id)).toMatchObject({ outcome: "already_dismissed" });
    expect([await listDeadLetters(), await countReplies()]).toEqual([[], 1]);
    expect(await listDeadLetters("--dismissed")).toEqual([id]);
    expect((await dlq("show", id)).json).toMatchObject({
      dismissed_at: expect.any(String) as string,
      dismissed_by: "dana",
      dismissal_note: "answered by telephone",
    });
    expect((await dlq("restore", id)).json).toMatchObject({ outcome: "restored" });
    expect((await dlq("restore", id)).json).toMatchObject({ outcome: "not_dismissed" });
    expect([await listDeadLetters(), await listDeadLetters("--dismissed")]).toEqual([[id], []]);
  });

  it("a dismissed dead letter that dies again is in the list again", async () => {
    const id = acme.turnId;
    await dlq("dismiss", id, "--author", "dana", "--note", "wrong number");
    await terminal.db.execute(sql`UPDATE turns SET closed_at = clock_timestamp() WHERE id = ${id}`);
    expect([await listDeadLetters(), await listDeadLetters("--dismissed")]).toEqual([[id], []]);
    expect((await dlq("dismiss", id, "--author", "ada", "--note", "again")).json).toMatchObject({
      outcome: "dismissed",
    });
    expect((await dlq("restore", id)).json).toMatchObject({ outcome: "restored" });
  });

  it("dead letters are replayed by a filter or an id, and a second replay changes nothing", async () => {
    const many = await dlq("replay", "--reason", "unknown", "--limit", "5", "--accept-duplicates");
    expect(many.json).toMatchObject({ found: 1, replayed: 1, already_replayed: 0 });
    expect(await listTurnDeliveries(terminal.db, acme.turnId)).toMatchObject([
      { state: "sending", code: "duplicate_accepted" },
    ]);
    const again = await dlq("replay", acme.turnId);
    expect([again.status, again.json]).toEqual([
      0,
      { dead_letter_id: acme.turnId, outcome: "already_replayed" },
    ]);
    expect(await listTurnDeliveries(terminal.db, other.turnId)).toMatchObject([{ state: "unknown" }]);
  });
});
