import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { awaitConnection } from "../../support/await-connection.ts";
import { createWebhookChannel } from "../../../activities/channels/webhook.ts";
import type { SendOutcome } from "../../../activities/channels/channel.ts";
import type { SendContext } from "../../../activities/delivery/send-context.ts";
import { createSettlement } from "../../../activities/delivery/settlement.ts";
import type { EgressGuard } from "../../../infra/runtime/network/egress-guard.ts";
import { connectPostgres } from "../../../db/connection/postgres.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { loseAllResponses, openProxy } from "../../tools/faults/proxy/open-proxy.ts";
import { openPostgresReader } from "../../tools/faults/proxy/protocols/postgres-protocol.ts";
import { urlThroughProxy } from "../../tools/faults/proxy/proxied-url.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { runActivity } from "../../support/activities/run-activity.ts";
import { seedTurns } from "../../support/seed-turns.ts";

let opened: OpenDatabase;

beforeAll(async () => {
  opened = await openDatabase("settlement");
});
afterAll(() => opened.close());

it("the outcome of a send is written exactly once although two responses of Postgres are lost", async () => {
  const proxy = await openProxy(opened.url, openPostgresReader);
  const options = { maxConnections: 1, applicationName: "test", onError: () => undefined };
  const db = connectPostgres({ url: urlThroughProxy(opened.url, proxy), ...options });
  onTestFinished(() => db.$client.end());
  await awaitConnection(db);
  const [seeded] = await seedTurns(opened.db, opened.vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  let lost = 0;
  await proxy.inject([loseAllResponses({ only: () => lost++ < 2 })]);
  const { settle } = createSettlement({ db });
  await settle(seeded.part, { state: "accepted", providerId: "p1" });
  const [row] = await opened.db.select().from(deliveries).where(eq(deliveries.id, seeded.part.id));
  expect(row).toMatchObject({ state: "accepted", providerId: "p1" });
  expect(proxy.lostResponses).toHaveLength(2);
});

const REFUSED: SendOutcome = { kind: "refused", class: "retry", code: "http_503", retryAfterMs: null };
const WRONG_ACCOUNT: SendOutcome = { kind: "refused", class: "config", code: "http_401", retryAfterMs: null };
const FORBIDDEN: SendOutcome = { ...WRONG_ACCOUNT, code: "not_https" };
const ACCEPTED: SendOutcome = { kind: "accepted", providerId: "p1" };

it.each([
  {
    name: "a refusal that is repeated",
    outcome: REFUSED,
    attempt: 1,
    stored: { state: "intended", code: "http_503" },
  },
  {
    name: "the last refusal",
    outcome: REFUSED,
    attempt: 1_000,
    stored: { state: "refused", code: "attempts_exhausted" },
  },
  { name: "an acceptance", outcome: ACCEPTED, attempt: 1, stored: { state: "accepted", providerId: "p1" } },
])("$name is written although the health of the account cannot be", async ({ outcome, attempt, stored }) => {
  const { db } = opened;
  const [seeded] = await seedTurns(db, opened.vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  const own = eq(deliveries.id, seeded.part.id);
  const [part] = await db.update(deliveries).set({ state: "sending", attempt }).where(own).returning();
  if (part === undefined) throw new Error("The part is not there.");
  await db.execute(sql`ALTER TABLE account_outages RENAME TO account_outages_gone`);
  onTestFinished(
    async () => void (await db.execute(sql`ALTER TABLE account_outages_gone RENAME TO account_outages`)),
  );
  const channel = createWebhookChannel({ egress: {} as EgressGuard, now: () => new Date(), random: () => 0 });
  const times = { unchangedMs: 0, dueInMs: 0, triedForMs: 0, sinceAttemptMs: 0 };
  const sending = { scope: seeded.scope, channel } as unknown as SendContext;
  const settled = runActivity(() =>
    createSettlement({ db }).settleOutcome(sending, { ...part, ...times, text: "Hi", marks: [] }, outcome),
  ).catch((error: unknown) => String(error));
  const result = await settled;
  expect((await db.select().from(deliveries).where(own))[0]).toMatchObject(stored);
  expect(result).toEqual(stored.state === "intended" ? expect.stringContaining("http_503") : stored.state);
});

it.each([
  ["a refused account", WRONG_ACCOUNT, 0, { state: "intended", refusal: "config", code: "http_401" }],
  [
    "an account that is refused for half an hour",
    WRONG_ACCOUNT,
    30 * 60_000,
    { state: "refused", code: "http_401" },
  ],
  ["a forbidden target", FORBIDDEN, 0, { state: "refused", refusal: "config", code: "not_https" }],
] as const)(
  "%s is reported as a wrong configuration, and no part of it waits for hours",
  async (_, outcome, triedForMs, stored) => {
    const { db } = opened;
    const [seeded] = await seedTurns(db, opened.vault, 1);
    if (seeded === undefined) throw new Error("Nothing was seeded.");
    const own = eq(deliveries.id, seeded.part.id);
    const [part] = await db.update(deliveries).set({ state: "sending", attempt: 2 }).where(own).returning();
    if (part === undefined) throw new Error("The part is not there.");
    const noted: string[] = [];
    const reports = { note: (subject: string) => void noted.push(subject), noteRecovery: () => undefined };
    const channel = createWebhookChannel({
      egress: {} as EgressGuard,
      now: () => new Date(),
      random: () => 0,
    });
    const times = { unchangedMs: 0, dueInMs: 0, triedForMs, sinceAttemptMs: 0 };
    const sending = { scope: seeded.scope, channel } as unknown as SendContext;
    await runActivity(() =>
      createSettlement({ db, reports }).settleOutcome(
        sending,
        { ...part, ...times, text: "Hi", marks: [] },
        outcome,
      ),
    ).catch(() => undefined);
    expect((await db.select().from(deliveries).where(own))[0]).toMatchObject(stored);
    expect(noted).toEqual([`account/${seeded.scope.channel}/${seeded.scope.accountId}`]);
  },
);
