import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createStoreInlined } from "../../../activities/store-inlined.ts";
import { slack } from "../../../api/channels/slack.ts";
import { createIngestEvent } from "../../../api/ingest/ingest-event.ts";
import { planInlined } from "../../../api/ingest/inlined/plan-inlined.ts";
import { createStartMessage } from "../../../api/ingest/start-message.ts";
import { conversations, ignoredEvents, inbox } from "../../../db/schema/conversations.ts";
import { runActivity } from "../../support/activities/run-activity.ts";
import { sampleAccount, sampleRequest } from "../../support/channels/samples.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

const BOT = "U0PARLEYBOT";
const LOG = { warn: () => undefined, error: () => undefined };
let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("shared_ingest", { maxConnections: 6 });
});
afterAll(() => opened.close());

/** The thread of a support channel, on an account of its own. */
function openThread(agents: string[] = []) {
  const { db, vault } = opened;
  const account = sampleAccount({
    channel: "slack",
    accountId: randomUUID(),
    address: BOT,
    settings: agents.length === 0 ? {} : { agents },
  });
  const started: string[] = [];
  const starter = {
    startMessage: async ({ workflowId }: { workflowId: string }) => void started.push(workflowId),
    startRepair: async () => true,
  };
  const messages = createStartMessage({ db, vault, starter, log: LOG });
  const ingestEvent = createIngestEvent({ db, vault, messages, starter, log: LOG });
  const root = (Date.now() / 1_000 - 60).toFixed(6);
  let count = 0;

  /** What Slack posts for the next message of the thread. */
  function write(user: string, text: string) {
    count += 1;
    const ts = count === 1 ? root : (Number(root) + count).toFixed(6);
    const thread = count === 1 ? {} : { thread_ts: root, parent_user_id: "U0EVE" };
    const event = {
      type: "message",
      channel: "C0SUPPORT",
      channel_type: "channel",
      user,
      ts,
      text,
      ...thread,
    };
    const rawBody = Buffer.from(JSON.stringify({ type: "event_callback", team_id: "T0", event }));
    const headers = { "content-type": "application/json" };
    const parsed = slack.parse(sampleRequest({ rawBody, headers, receivedAt: new Date() }), account);
    const [found] = parsed.ok ? parsed.events : [];
    if (found === undefined) throw new Error("The body has no event.");
    return found;
  }

  const context = () => ({ receivedAt: new Date(), quietMs: 0 });
  return {
    account,
    write,
    say: async (user: string, text: string) => await ingestEvent(account, write(user, text), context()),
    /** A worker stores an event that its workflow carries. */
    async sayInlined(user: string, text: string): Promise<string> {
      const event = write(user, text);
      if (event.kind !== "message" && event.kind !== "agent_reply") throw new Error(event.kind);
      const { input } = planInlined(vault, account, event, { ...context(), arrivedAt: new Date() });
      const outages = { awaitAvailable: async () => undefined, extendHolds: () => undefined };
      const stepHealth = { countPass: () => undefined, findPoison: async () => null };
      const storeInlined = createStoreInlined({ db, vault, outages, stepHealth });
      return (await runActivity(() => storeInlined(input))).kind;
    },
    async read() {
      const { accountId } = account;
      const rows = await db
        .select()
        .from(inbox)
        .where(eq(inbox.accountId, accountId))
        .orderBy(inbox.receivedAt);
      const places = await db.select().from(conversations).where(eq(conversations.accountId, accountId));
      const ignored = await db.select().from(ignoredEvents).where(eq(ignoredEvents.accountId, accountId));
      return {
        states: rows.map(({ state }) => state),
        silences: places.map(({ takenOverBy, pauseReason }) => takenOverBy ?? pauseReason),
        ignored: Object.fromEntries(ignored.map(({ what, count: n }) => [what, n])),
        started,
      };
    },
  };
}

it("another participant who joins the thread of a contact ends the answers to what does not name the assistant", async () => {
  const { say, read } = openThread();
  expect(await say("U0EVE", `<@${BOT}> Do you rent e-bikes?`)).toBe("stored");
  expect(await say("U0JOE", "I'll take this one, I call you in five minutes.")).toBe(
    "ignored:message.not_addressed",
  );
  expect(await say("U0EVE", "great, thank you Joe, what is your number?")).toBe("stored");
  const { states, silences, started, ignored } = await read();
  expect({ states, silences, ignored }).toEqual({
    states: ["pending", "suppressed"],
    silences: ["shared"],
    ignored: { "message.not_addressed": 1 },
  });
  expect(started).toHaveLength(1);
});

it("an agent of the account who joins takes the thread over, whatever is said in it", async () => {
  const { say, read } = openThread(["U0JOE"]);
  await say("U0EVE", `<@${BOT}> Do you rent e-bikes?`);
  expect(await say("U0JOE", "I'll take this one")).toBe("agent_reply");
  await say("U0EVE", "great, thank you Joe");
  await say("U0EVE", `<@${BOT}> and you?`);
  expect(await read()).toMatchObject({ silences: ["vendor_inbox"], ignored: {} });
});

it("an agent who writes where no contact has asked is ignored and counted", async () => {
  const { say, read } = openThread(["U0JOE"]);
  expect(await say("U0EVE", "Lunch?")).toBe("ignored:message.not_addressed");
  expect(await say("U0JOE", "At noon")).toBe("ignored:agent_reply.not_addressed");
  expect(await read()).toMatchObject({
    states: [],
    silences: [],
    ignored: { "message.not_addressed": 1, "agent_reply.not_addressed": 1 },
  });
});

it("messages of a thread have the same effect if a workflow brings them after an outage", async () => {
  const { say, sayInlined, read } = openThread();
  expect(await say("U0EVE", `<@${BOT}> Do you rent e-bikes?`)).toBe("stored");
  expect(await sayInlined("U0JOE", "I'll take this one")).toBe("applied");
  expect(await sayInlined("U0EVE", "great, thank you Joe")).toBe("stored");
  expect(await read()).toMatchObject({ states: ["pending", "suppressed"], silences: ["shared"] });
});
