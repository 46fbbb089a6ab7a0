import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { silentProgress } from "../../../infra/sandbox/progress.ts";
import { readRecordedBodies } from "./replay/recorded-bodies.ts";
import { openEmptyDatabase, type EmptyDatabase } from "../../support/empty-database.ts";
import { replayBodies } from "./replay/replay-bodies.ts";
import { openReplayIngress, type ReplayIngress } from "./replay/replay-ingress.ts";

const PAGE = "104400000000009";
const CONTACT = "6200000000000009";
const fromContact = { sender: { id: CONTACT }, recipient: { id: PAGE }, timestamp: 1_767_348_000_000 };
const pageBody = (...messaging: object[]) => ({ object: "page", entry: [{ id: PAGE, time: 1, messaging }] });

const whatsappBody = (number: string, ...messages: object[]) => ({
  object: "whatsapp_business_account",
  entry: [
    {
      id: "1",
      changes: [
        {
          field: "messages",
          value: {
            messaging_product: "whatsapp",
            metadata: { display_phone_number: "15005550001", phone_number_id: number },
            messages,
          },
        },
      ],
    },
  ],
});
const whatsappText = (id: string) => ({
  from: "15005550006",
  id,
  timestamp: "1767348000",
  type: "text",
  text: { body: "Hello" },
});

const slackEvent = (event: object) => ({
  type: "event_callback",
  team_id: "T0REPLAY",
  event_id: "Ev1",
  event: { channel: "C0GARDEN", user: "U0ADA", ...event },
});
const slackButton = {
  type: "block_actions",
  team: { id: "T0REPLAY" },
  trigger_id: "1.2.4",
  user: { id: "U0ADA", team_id: "T0REPLAY" },
  channel: { id: "C0GARDEN" },
  container: { type: "message", message_ts: "1767348001.000200", channel_id: "C0GARDEN" },
  message: { ts: "1767348001.000200", text: "Choose" },
  actions: [
    {
      type: "button",
      action_id: "yes",
      value: "yes",
      text: { type: "plain_text", text: "Yes & no" },
      action_ts: "1767348002.000300",
    },
  ],
};
const slackCommand = {
  command: "/ask",
  text: "is it open & free?",
  team_id: "T0REPLAY",
  channel_id: "C0GARDEN",
  channel_name: "garden",
  user_id: "U0ADA",
  trigger_id: "1.2.3",
};

const telegramBody = (update: number, fields: object) => ({ update_id: update, ...fields });
const telegramText = {
  message_id: 7,
  date: 1_767_348_000,
  chat: { id: 6_100_200_309, type: "private" },
  from: { id: 6_100_200_309, is_bot: false, first_name: "Ada" },
  text: "hi",
};

const twilioBody = (fields: object) => ({
  MessageSid: `SM${"9".repeat(32)}`,
  AccountSid: `AC${"9".repeat(32)}`,
  ...fields,
});

let folder = "";
let database: EmptyDatabase;
let ingress: ReplayIngress;

beforeAll(async () => {
  database = await openEmptyDatabase(inject("sandboxEnv")["DATABASE_URL"], silentProgress);
  ingress = await openReplayIngress(database.url);
});
afterAll(async () => {
  await ingress.close();
  await database.close();
});

/** The recorded files of one test; the folder ends with it. */
function writeRecording(files: Record<string, unknown>): string {
  folder = mkdtempSync(join(tmpdir(), "parley-recorded-"));
  for (const [name, value] of Object.entries(files))
    writeFileSync(join(folder, name), typeof value === "string" ? value : JSON.stringify(value));
  return folder;
}

async function replay(files: Record<string, unknown>) {
  try {
    return await replayBodies(readRecordedBodies(writeRecording(files)), {
      ingress,
      progress: silentProgress,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("what is found in recorded files", () => {
  const read = (value: unknown) => {
    const { bodies, ...rest } = readRecordedBodies(writeRecording({ "one.json": value }));
    rmSync(folder, { recursive: true, force: true });
    return {
      ...rest,
      bodies: bodies.map(({ step, channel, accountAddresses }) => ({ step, channel, accountAddresses })),
    };
  };
  const body = pageBody({ ...fromContact, read: { watermark: 1 } });
  const messenger = { channel: "messenger", accountAddresses: [PAGE] };

  test.each([
    ["a body alone", body, "(file)"],
    ["a list of bodies", [body], "0"],
    ["settings and named steps", { botName: "x", limit: 3, seen: body }, "seen"],
    ["a step that wraps its body", { seen: { headers: { host: "x" }, body } }, "seen.body"],
  ])("a body is found in %s", (_what, value, step) => {
    expect(read(value)).toMatchObject({ bodies: [{ step, ...messenger }], not_a_body: [] });
  });

  test("stored state is reported by its key and not replayed", () => {
    const { bodies, not_a_body: state } = read({
      seen: body,
      context: { thread: { body: "words", of: body } },
    });
    expect(bodies).toHaveLength(1);
    expect(state).toEqual([{ file: "one.json", key: "context" }]);
  });

  test("a step and a file that no platform sends are unrecognised", () => {
    const { bodies, unrecognised } = read({ seen: body, odd: { type: "image", from: "1" } });
    expect(bodies).toHaveLength(1);
    expect(unrecognised).toEqual([{ file: "one.json", key: "odd" }]);
    expect(read({ type: "image", from: { id: "1" } }).unrecognised).toEqual([
      { file: "one.json", key: "(file)" },
    ]);
  });

  test("a file that is not JSON is reported", () => {
    expect(read("{")).toMatchObject({ bodies: [], unreadable: [{ file: "one.json" }] });
  });
});

describe("a replay", () => {
  test("says how each item was read, on every channel", async () => {
    const report = await replay({
      "messenger.json": {
        hello: pageBody({ ...fromContact, message: { mid: "m_r1", text: "hello" } }),
        seen: pageBody({ ...fromContact, read: { watermark: 1_767_348_000_000 } }),
        edited: pageBody({ ...fromContact, message_edit: { mid: "m_r1", text: "hello!", num_edit: 1 } }),
        liked: pageBody({ ...fromContact, reaction: { mid: "m_r1", action: "react", emoji: "x" } }),
      },
      "slack.json": {
        hello: slackEvent({ type: "app_mention", text: "<@U0BOT> hi", ts: "1767348000.000100" }),
        button: slackButton,
        command: slackCommand,
        challenge: { type: "url_verification", challenge: "x" },
      },
      "telegram.json": {
        hello: telegramBody(1, { message: telegramText }),
        blocked: telegramBody(2, {
          my_chat_member: {
            chat: telegramText.chat,
            new_chat_member: { status: "kicked", user: { id: 7 } },
          },
        }),
      },
      "twilio.json": [
        twilioBody({ From: "+15005550006", To: "+15005550001", Body: "hi & bye ✓", SmsStatus: "received" }),
        twilioBody({ MessageSid: `SM${"8".repeat(32)}`, MessageStatus: "delivered", To: "+15005550006" }),
      ],
      "twilio-whatsapp.json": twilioBody({
        From: "whatsapp:+15005550006",
        To: "whatsapp:+15005550001",
        Body: "hi",
        SmsStatus: "received",
      }),
      "webhook.json": { type: "message.received", data: { from: "ada", text: "hi" } },
    });
    expect(report.bodies.filter(({ unexplained }) => unexplained)).toEqual([]);
    expect(report).toMatchObject({
      ok: true,
      files: 6,
      totals: {
        bodies: 14,
        messages: 8,
        receipts: 2,
        changes: 1,
        consents: 1,
        handshakes: 1,
        ignored: { reaction: 1 },
        invalid: 0,
        server_errors: 0,
      },
    });
  });

  test("gives items of several accounts to each of them", async () => {
    const [first] = whatsappBody("1001", whatsappText("wamid.1")).entry;
    const [second] = whatsappBody("1002", whatsappText("wamid.2")).entry;
    const report = await replay({
      "two.json": { object: "whatsapp_business_account", entry: [first, second] },
    });
    expect(report).toMatchObject({ ok: true, totals: { bodies: 1, messages: 2, ignored: {} } });
  });

  test("counts what was recorded twice as a duplicate", async () => {
    const hello = pageBody({ ...fromContact, message: { mid: "m_twice", text: "hello" } });
    const report = await replay({ "a.json": hello, "b.json": hello });
    expect(report.totals).toMatchObject({ messages: 1, duplicates: 1 });
  });

  test("the replay fails when an inbound event is unreadable, and the report names it", async () => {
    const broken = pageBody({ ...fromContact, message: { text: "no id" } });
    const report = await replay({ "a.json": broken });
    expect(report).toMatchObject({
      ok: false,
      totals: { invalid: 1 },
      bodies: [{ unexplained: true, problems: [{ field: "entry.0.messaging.0.message.mid" }] }],
    });
  });

  test("the replay fails when a body is rejected, and the report says why", async () => {
    const report = await replay({ "a.json": { type: "message.received", data: { text: "from nobody" } } });
    expect(report).toMatchObject({
      ok: false,
      bodies: [{ status: 422, unexplained: true, problems: [{ field: "data.from" }] }],
    });
  });

  test("the replay fails when a folder holds what no platform sends, next to bodies", async () => {
    const hello = pageBody({ ...fromContact, message: { mid: "m_known", text: "hello" } });
    const report = await replay({ "a.json": hello, "b.json": { type: "image", from: "1" } });
    expect(report).toMatchObject({
      ok: false,
      totals: { messages: 1 },
      unrecognised: [{ file: "b.json", key: "(file)" }],
    });
  });

  test.each([
    ["nothing in it", {}],
    ["a file that is no JSON", { "a.json": "{" }],
  ])("the replay fails when a folder has %s", async (_what, files) => {
    expect(await replay(files)).toMatchObject({ ok: false, totals: { bodies: 0 } });
  });
});
