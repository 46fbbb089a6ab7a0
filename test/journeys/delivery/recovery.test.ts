import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { readMessageStatus } from "../../../db/inbound/status.ts";
import { wakeWait } from "../../support/activities/wake-wait.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

const MESSAGES = { path: "/2010-04-01", method: "POST" } as const;
let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
beforeEach(() => parley.twilio.faults.clear());
afterAll(() => parley.close());

/** A message of this contact, whose reply has failed twice and waits ten seconds. */
async function loseTwoAttempts(from: string): Promise<string> {
  parley.twilio.faults.replace([{ match: MESSAGES, times: null, fault: { status: 503 } }]);
  const { sid } = await parley.sendSms({ from, text: "Can I return a bell?" });
  await eventually("two attempts", async () => {
    const [part] = (await readMessageStatus(parley.db, sid))?.turn?.deliveries ?? [];
    return part?.attempt === 2 && part.state === "intended";
  });
  parley.twilio.faults.clear();
  return sid;
}

/** The signals in the history of the message's workflow. */
async function readSignals(sid: string): Promise<string[]> {
  const handle = parley.temporal?.workflow.getHandle(`msg:twilio-sms/main:${sid}`);
  const { events = [] } = (await handle?.fetchHistory()) ?? {};
  return (events ?? []).flatMap(
    ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName ?? [],
  );
}

const awaitEarlyAcceptance = async (sid: string) =>
  await eventually("an acceptance", async () => {
    const { rows } = await parley.db.execute(sql`
        SELECT d.state, d.attempt, d.early_attempts FROM deliveries d JOIN inbox i ON i.turn_id = d.turn_id
        WHERE i.provider_message_id = ${sid} AND d.state = 'accepted'`);
    return rows[0];
  });

it("after an outage of the vendor a new message of the contact ends the wait of the reply before it", async () => {
  const sid = await loseTwoAttempts("+15550100171");
  const { sid: next } = await parley.sendSms({ from: "+15550100171", text: "Are you there?" });
  expect(await awaitEarlyAcceptance(sid)).toEqual({ state: "accepted", attempt: 3, early_attempts: 1 });
  expect(await readSignals(sid)).toEqual(["retryNow"]);
  expect(await awaitEarlyAcceptance(next)).toMatchObject({ state: "accepted", attempt: 1 });
});

it("after an outage of the vendor the first accepted send on the account ends the waits of others", async () => {
  const sid = await loseTwoAttempts("+15550100172");
  await parley.sendSms({ from: "+15550100173", text: "Can I return a bell?" });
  expect(await awaitEarlyAcceptance(sid)).toEqual({ state: "accepted", attempt: 3, early_attempts: 1 });
  expect(await readSignals(sid)).toEqual(["retryNow"]);
});

it("a reply that is woken again and again keeps a short history, and is sent once", async () => {
  const from = "+15550100174";
  const sid = await loseTwoAttempts(from);
  const handle = parley.temporal?.workflow.getHandle(`msg:twilio-sms/main:${sid}`);
  if (handle === undefined) throw new Error("The installation has no worker.");
  const lengths: number[] = [];
  for (let wakes = 0; wakes < 8; wakes++) {
    await wakeWait(handle);
    lengths.push((await handle.fetchHistory()).events?.length ?? 0);
  }
  expect(Math.max(...lengths)).toBeLessThan(60);
  await parley.sendSms({ from, text: "Are you there?" });
  await awaitEarlyAcceptance(sid);
  await eventually("both replies", async () => (await parley.texts(from)).length >= 2);
  expect(await parley.texts(from)).toHaveLength(2);
});
