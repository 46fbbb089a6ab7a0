import { describe, expect, test } from "vitest";
import { CHANNEL, DIRECT, only, parseForm, PERSON, TEAM, TS } from "./slack-samples.ts";

const ROOT = "1767340000.000200";
const TRIGGER = "10215325802133.3901254001572.2e2548aa";

const payload = (body: unknown) => parseForm({ payload: JSON.stringify(body) });
const button = (fields: object = {}) => ({
  type: "button",
  action_id: "hours",
  block_id: "b1",
  value: "opening-hours",
  text: { type: "plain_text", text: "Opening hours", emoji: true },
  action_ts: TS,
  ...fields,
});
const press = (fields: object = {}, action: unknown = button()) => ({
  type: "block_actions",
  user: { id: PERSON, username: "ada", team_id: TEAM },
  team: { id: TEAM, domain: "garden" },
  enterprise: null,
  trigger_id: TRIGGER,
  container: { type: "message", channel_id: CHANNEL, message_ts: ROOT, is_ephemeral: false },
  actions: [action],
  response_url: "https://hooks.slack.com/actions/T/1/x",
  ...fields,
});
const pressed = (fields: object = {}, action: unknown = button()) => only(payload(press(fields, action)));

describe("a pressed button", () => {
  test("says what is written on it, in the thread of its message", () => {
    expect(pressed()).toEqual({
      kind: "message",
      providerMessageId: `action:${TRIGGER}`,
      from: PERSON,
      thread: `${CHANNEL}:${ROOT}`,
      text: "Opening hours",
      providerTime: new Date("2026-01-02T10:00:00.000Z"),
      providerSequence: 1_767_348_000_000_100,
    });
  });

  test.each([
    ["in a thread", { channel_id: CHANNEL, message_ts: TS, thread_ts: ROOT }, `${CHANNEL}:${ROOT}`],
    ["in direct messages", { channel_id: DIRECT, message_ts: TS }, DIRECT],
    [
      "in a thread, shown to one person",
      { channel_id: CHANNEL, message_ts: TS, thread_ts: ROOT, is_ephemeral: true },
      `${CHANNEL}:${ROOT}`,
    ],
  ])("belongs to where it is: %s", (_what, container, thread) => {
    expect(pressed({ container })).toMatchObject({ kind: "message", thread });
  });

  test.each([
    ["a form", { type: "view", view_id: "V1" }],
    ["nothing", undefined],
    ["a message that only this person sees", { channel_id: CHANNEL, message_ts: TS, is_ephemeral: true }],
  ])("on %s is answered directly", (_what, container) => {
    const event = pressed({ container });
    expect(event).toMatchObject({ kind: "message" });
    expect(event).not.toHaveProperty("thread");
  });

  test("has no time where Slack gives none", () => {
    const event = pressed({}, button({ action_ts: undefined }));
    expect(event).toMatchObject({ kind: "message", providerTime: null });
    expect(event).not.toHaveProperty("providerSequence");
  });

  const option = (text: string) => ({ text: { type: "plain_text", text }, value: "v" });
  test.each([
    ["a list", { type: "static_select", text: undefined, selected_option: option("Say hello") }, "Say hello"],
    ["boxes", { type: "checkboxes", selected_options: [option("A &amp; B"), option("C")] }, "A & B, C"],
    ["a calendar", { type: "datepicker", text: undefined, selected_date: "2026-01-03" }, "2026-01-03"],
    ["a clock", { type: "timepicker", text: undefined, selected_time: "10:30" }, "10:30"],
    ["a field", { type: "plain_text_input", text: undefined, value: "Two roses" }, "Two roses"],
  ])("may be a choice from %s", (_what, fields, text) => {
    expect(pressed({}, button(fields))).toMatchObject({ kind: "message", text });
  });

  test.each([
    ["block_actions.link", button({ url: "https://example.com" })],
    ["block_actions.no_text", button({ text: undefined })],
    ["block_actions.no_text", button({ type: "checkboxes", text: undefined, selected_options: [] })],
    ["block_actions.no_text", 7],
  ])("that says nothing is ignored as %s", (what, action) => {
    expect(pressed({}, action)).toEqual({ kind: "ignored", what });
  });

  test.each([
    ["user", { user: undefined }],
    ["user.id", { user: {} }],
    ["trigger_id", { trigger_id: "" }],
    ["trigger_id", { trigger_id: "a b" }],
    ["actions", { actions: [] }],
    ["container.message_ts", { container: { channel_id: CHANNEL, message_ts: "now" } }],
  ])("is invalid where %s is wrong", (field, fields) => {
    expect(pressed(fields)).toMatchObject({ kind: "invalid", problems: [{ field }] });
  });

  test("in another workspace is for the account of that one", () => {
    expect(payload(press({ team: { id: "T0OTHER" } }))).toMatchObject({
      others: [{ externalId: "T0OTHER", events: [{ text: "Opening hours" }] }],
    });
  });
});

describe("a slash command", () => {
  const form = {
    token: "t",
    team_id: TEAM,
    channel_id: CHANNEL,
    channel_name: "club",
    user_id: PERSON,
    user_name: "ada",
    command: "/ask",
    text: "are you open &amp; warm?",
    is_enterprise_install: "false",
    response_url: "https://hooks.slack.com/commands/T/1/x",
    trigger_id: TRIGGER,
  };

  test("says the words behind it, and is answered directly: nobody else saw it", () => {
    expect(only(parseForm(form))).toEqual({
      kind: "message",
      providerMessageId: `command:${TRIGGER}`,
      from: PERSON,
      text: "are you open & warm?",
      providerTime: null,
    });
  });

  test.each(["", "  "])("without words is ignored: %j", (text) => {
    expect(only(parseForm({ ...form, text }))).toEqual({ kind: "ignored", what: "slash_command.empty" });
  });

  test.each(["user_id", "trigger_id"])("is invalid without %s", (field) => {
    expect(only(parseForm({ ...form, [field]: "" }))).toMatchObject({
      kind: "invalid",
      problems: [{ field }],
    });
  });

  test("of another workspace is for the account of that one", () => {
    expect(parseForm({ ...form, team_id: "T0OTHER" })).toMatchObject({
      others: [{ externalId: "T0OTHER", events: [{ kind: "message", from: PERSON }] }],
    });
  });
});

describe("what carries no words to us", () => {
  test.each([
    "view_submission",
    "view_closed",
    "shortcut",
    "message_action",
    "block_suggestion",
    "interactive_message",
  ])("is ignored by its name: %s", (type) => {
    expect(only(payload({ type, team: { id: TEAM }, user: { id: PERSON }, view: {} }))).toEqual({
      kind: "ignored",
      what: type,
    });
  });

  test("is ignored where Slack tries the certificate", () => {
    const parsed = parseForm({ ssl_check: "1", token: "t", team_id: TEAM });
    expect(only(parsed)).toEqual({ kind: "ignored", what: "ssl_check" });
  });
});

describe("a form that cannot be used", () => {
  test.each([
    ["payload", { payload: "{" }],
    ["payload", { payload: "" }],
    ["payload", { payload: "[]" }],
    ["type", { payload: "{}" }],
    ["type", { hello: "world" }],
  ])("is refused whole, naming %s", (field, form) => {
    expect(parseForm(form)).toMatchObject({ ok: false, problems: [{ field }] });
  });
});
