import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliveryRowsOfTurn } from "../../../db/delivery-list.ts";
import { finishTurn } from "../../../db/turns.ts";
import { type SeededTenant, seedTenant } from "../../api/v1/seed-tenant.ts";
import { type Desk, openDesk } from "../open-terminal.ts";

let desk: Desk;
let acme: SeededTenant;
let other: SeededTenant;
beforeAll(async () => {
  desk = await openDesk();
  acme = await seedTenant(desk, "acme");
  other = await seedTenant(desk, "other");
  for (const { turnId } of [acme, other])
    await finishTurn(desk.db, { turnId, outcome: "answered", reason: "unknown:answer_lost" });
});
afterAll(() => desk.close());

const dlq = async (...args: string[]) => await desk.parley("dlq", ...args, "--tenant", "acme", "--json");
const listed = async (...args: string[]) =>
  ((await dlq("list", ...args)).answer["dead_letters"] as { id: string }[]).map(({ id }) => id);

describe("dlq", () => {
  it("lists a tenant's dead letters by what they have in common", async () => {
    expect(await listed()).toEqual([acme.turnId]);
    expect(await listed("--reason", "unknown", "--channel", "webhook", "--kind", "reply")).toEqual([
      acme.turnId,
    ]);
    expect(await listed("--reason", "poison")).toEqual([]);
    expect(await listed("--since", "2999-01-01T00:00:00Z")).toEqual([]);
    expect((await dlq("list", "--since", "yesterday")).status).toBe(2);
  });

  it("shows one with its parts, and a table to people", async () => {
    const { answer } = await dlq("show", acme.turnId);
    const facts = { ok: true, reason: "unknown:answer_lost", parts: 1, parts_accepted: 0, parts_unknown: 1 };
    expect(answer).toMatchObject({ ...facts, deliveries: [{ id: acme.deliveryId, state: "unknown" }] });
    const shown = await desk.parley("dlq", "list", "--tenant", "acme");
    expect(shown.stdout).toContain(acme.turnId);
    expect((await dlq("show", other.turnId)).status).toBe(1);
  });

  it("replays nothing that nobody named", async () => {
    expect((await dlq("replay")).status).toBe(2);
    expect((await dlq("replay", other.turnId)).answer).toMatchObject({ ok: false, outcome: "not_found" });
    expect((await dlq("replay", "--reason", "poison")).answer).toMatchObject({
      ok: true,
      found: 0,
      replayed: 0,
    });
    expect(await deliveryRowsOfTurn(desk.db, acme.turnId)).toMatchObject([{ state: "unknown" }]);
  });

  it("replays by a filter and by an id, and says when it was done before", async () => {
    const many = await dlq("replay", "--reason", "unknown", "--limit", "5", "--accept-duplicates");
    expect(many.answer).toMatchObject({ ok: true, found: 1, replayed: 1, already_replayed: 0 });
    expect(await deliveryRowsOfTurn(desk.db, acme.turnId)).toMatchObject([
      { state: "sending", code: "duplicate_accepted" },
    ]);
    const again = await dlq("replay", acme.turnId);
    expect([again.status, again.answer]).toEqual([
      0,
      { ok: true, id: acme.turnId, outcome: "already_replayed" },
    ]);
    expect(await deliveryRowsOfTurn(desk.db, other.turnId)).toMatchObject([{ state: "unknown" }]);
  });
});
