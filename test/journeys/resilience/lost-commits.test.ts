import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { inbox } from "../../../db/schema/conversations.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
  await parley.db.execute(sql`CREATE TABLE losses (kind text PRIMARY KEY, remaining int NOT NULL)`);
  await parley.db.execute(sql`
    CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      UPDATE losses SET remaining = remaining - 1 WHERE kind = TG_ARGV[0] AND remaining > 0;
      IF FOUND THEN RETURN CASE TG_OP WHEN 'UPDATE' THEN OLD END; END IF;
      RETURN NEW;
    END $$`);
  await parley.db.execute(sql`CREATE TRIGGER lose_context BEFORE UPDATE OF context ON turns
    FOR EACH ROW EXECUTE FUNCTION lose('context')`);
  await parley.db.execute(sql`CREATE TRIGGER lose_reply BEFORE INSERT ON deliveries
    FOR EACH ROW EXECUTE FUNCTION lose('reply')`);
});
afterAll(() => parley.close());

/** The next writes of this kind are lost: PostgreSQL has confirmed them and has the rows from before them. */
const loseWrites = async (kind: "context" | "reply", count: number) =>
  await parley.db.execute(sql`INSERT INTO losses VALUES (${kind}, ${count})
    ON CONFLICT (kind) DO UPDATE SET remaining = excluded.remaining`);

const awaitEnd = (id: string) =>
  eventually(`an end of ${id}`, async () =>
    (await findMessageOutcomes(parley.db, [id])).find(
      ({ state }) => state !== "pending" && state !== "in_turn",
    ),
  );
/** The steps of a message that went over a queue. */
async function readQueuedSteps(id: string): Promise<string[]> {
  const [row] = await parley.db.select().from(inbox).where(eq(inbox.providerMessageId, id));
  const handle = parley.temporal?.workflow.getHandle(row?.workflowId ?? "");
  return ((await handle?.fetchHistory())?.events ?? []).flatMap(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
  );
}
const repliesTo = async (to: string) => (await parley.replies()).filter((reply) => reply.to === to);
const ask = async (from: string) =>
  await parley.sendWebhook({ from, text: "Within how many days can I return something?" });

it("a turn whose context was lost after its commit is answered once", async () => {
  await loseWrites("context", 1);
  const { id } = await ask("lost-context");
  expect(await awaitEnd(id)).toMatchObject({ state: "answered", tier: "full_context" });
  expect(await repliesTo("lost-context")).toHaveLength(1);
});

it("a reply that was lost after its commit is recorded again from its completion and sent once", async () => {
  await loseWrites("reply", 1);
  const { id } = await ask("lost-reply");
  expect(await awaitEnd(id)).toMatchObject({ state: "answered", tier: "full_context", reason: null });
  expect(await repliesTo("lost-reply")).toHaveLength(1);
  expect(
    await parley.db.execute(sql`SELECT FROM model_responses r JOIN inbox i ON i.turn_id = r.turn_id
    WHERE i.provider_message_id = ${id}`),
  ).toMatchObject({ rowCount: 1 });
  // A send over the queue would find no reply either.
  expect(await readQueuedSteps(id)).not.toContain("deliver");
});

it("a reply that is lost each time ends its turn as a dead letter", async () => {
  await loseWrites("reply", 100);
  const { id } = await ask("always-lost");
  expect(await awaitEnd(id)).toMatchObject({ state: "failed", reason: "poison:reply_lost" });
  await loseWrites("reply", 0);
  expect(await repliesTo("always-lost")).toHaveLength(0);
});
