import { describe, expect, test } from "vitest";
import { CHANNEL, DIRECT, getOnlyEvent, parseForm, CONTACT, TEAM, TS } from "./slack-samples.ts";

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
  user: { id: CONTACT, username: "ada", team_id: TEAM },
  team: { id: TEAM, domain: "garden" },
  enterprise: null,
  trigger_id: TRIGGER,
  container: { type: "message", channel_id: CHANNEL, message_ts: ROOT, is_ephemeral: false },
  actions: [action],
  response_url: "https://hooks.slack.com/actions/T/1/x",
  ...fields,
});
const parsePress = (fields: object = {}, action: unknown = button()) =>
  getOnlyEvent(payload(press(fields, action)));

describe("a pressed button", () => {
  test("says what is written on it, in the thread of its message", () => {
    expect(parsePress()).toEqual({
      kind: "message",
      providerMessageId: `action:${TRIGGER}`,
      from: CONTACT,
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
    expect(parsePress({ container })).toMatchObject({ kind: "message", thread });
  });

  test.each([
    ["a form", { type: "view", view_id: "V1" }],
    ["nothing", undefined],
    ["a message that only this person sees", { channel_id: CHANNEL, message_ts: TS, is_ephemeral: true }],
  ])("a button that is pressed on %s is answered directly", (_what, container) => {
    const event = parsePress({ container });
    expect(event).toMatchObject({ kind: "message" });
    expect(event).not.toHaveProperty("thread");
  });

  test("has no time where Slack gives none", () => {
    const event = parsePress({}, button({ action_ts: undefined }));
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
    expect(parsePress({}, button(fields))).toMatchObject({ kind: "message", text });
  });

  test.each([
    ["block_actions.link", button({ url: "https://example.com" })],
    ["block_actions.no_text", button({ text: undefined })],
    ["block_actions.no_text", button({ type: "checkboxes", text: undefined, selected_options: [] })],
    ["block_actions.no_text", 7],
  ])("a button without text is ignored as %s", (what, action) => {
    expect(parsePress({}, action)).toEqual({ kind: "ignored", what });
  });

  test.each([
    ["user", { user: undefined }],
    ["user.id", { user: {} }],
    ["trigger_id", { trigger_id: "" }],
    ["trigger_id", { trigger_id: "a b" }],
    ["actions", { actions: [] }],
    ["container.message_ts", { container: { channel_id: CHANNEL, message_ts: "now" } }],
  ])("is invalid where %s is wrong", (field, fields) => {
    expect(parsePress(fields)).toMatchObject({ kind: "invalid", problems: [{ field }] });
  });

  test("a button in another workspace belongs to the account of that workspace", () => {
    expect(payload(press({ team: { id: "T0OTHER" } }))).toMatchObject({
      otherAccounts: [{ externalId: "T0OTHER", events: [{ text: "Opening hours" }] }],
    });
  });
});

describe("a slash command", () => {
  const form = {
    token: "t",
    team_id: TEAM,
    channel_id: CHANNEL,
    channel_name: "club",
    user_id: CONTACT,
    user_name: "ada",
    command: "/ask",
    text: "are you open &amp; warm?",
    is_enterprise_install: "false",
    response_url: "https://hooks.slack.com/commands/T/1/x",
    trigger_id: TRIGGER,
  };

  test("contains the text of the button, and is answered directly because only this user saw it", () => {
    expect(getOnlyEvent(parseForm(form))).toEqual({
      kind: "message",
      providerMessageId: `command:${TRIGGER}`,
      from: CONTACT,
      text: "are you open & warm?",
      providerTime: null,
    });
  });

  test.each(["", "  "])("a slash command without text is ignored: %j", (text) => {
    expect(getOnlyEvent(parseForm({ ...form, text }))).toEqual({
      kind: "ignored",
      what: "slash_command.empty",
    });
  });

  test.each(["user_id", "trigger_id"])("is invalid without %s", (field) => {
    expect(getOnlyEvent(parseForm({ ...form, [field]: "" }))).toMatchObject({
      kind: "invalid",
      problems: [{ field }],
    });
  });

  test("a slash command of another workspace belongs to the account of that workspace", () => {
    expect(parseForm({ ...form, team_id: "T0OTHER" })).toMatchObject({
      otherAccounts: [{ externalId: "T0OTHER", events: [{ kind: "message", from: CONTACT }] }],
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
    expect(getOnlyEvent(payload({ type, team: { id: TEAM }, user: { id: CONTACT }, view: {} }))).toEqual({
      kind: "ignored",
      what: type,
    });
  });

  test("is ignored where Slack tries the certificate", () => {
    const parsed = parseForm({ ssl_check: "1", token: "t", team_id: TEAM });
    expect(getOnlyEvent(parsed)).toEqual({ kind: "ignored", what: "ssl_check" });
  });
});

describe("a form that cannot be used", () => {
  test.each([
    ["payload", { payload: "{" }],
    ["payload", { payload: "" }],
    ["payload", { payload: "[]" }],
    ["type", { payload: "{}" }],
    ["type", { hello: "world" }],
  ])("an unusable form is rejected as a whole, and the problem names %s", (field, form) => {
    expect(parseForm(form)).toMatchObject({ ok: false, problems: [{ field }] });
  });
});
