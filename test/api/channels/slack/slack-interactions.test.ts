import { describe, expect, test } from "vitest";
import { CHANNEL, DIRECT, getOnlyEvent, parseForm, CONTACT, NAMED, TEAM, TS } from "./slack-samples.ts";

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
      shared: NAMED,
      text: "Opening hours",
      origin: "press",
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

  test("a button that opens a page is ignored", () => {
    expect(parsePress({}, button({ url: "https://example.com" }))).toEqual({
      kind: "ignored",
      what: "block_actions.link",
    });
  });

  test.each([
    ["a button", button({ text: undefined })],
    ["boxes", button({ type: "checkboxes", text: undefined, selected_options: [] })],
    ["an unreadable action", 7],
  ])("%s without words has a placeholder and is explained", (_what, action) => {
    expect(parsePress({}, action)).toMatchObject({ kind: "message", text: "[choice]", treatment: "explain" });
  });

  test("a chosen user is a placeholder with the id", () => {
    const event = parsePress({}, button({ type: "users_select", text: undefined, selected_user: "U0JOE" }));
    expect(event).toMatchObject({ kind: "message", text: "[choice: U0JOE]" });
    expect(event).not.toHaveProperty("treatment");
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
      origin: "typed",
      providerTime: null,
    });
  });

  test.each(["", "  "])("a slash command without text is explained: %j", (text) => {
    expect(getOnlyEvent(parseForm({ ...form, text }))).toMatchObject({
      kind: "message",
      text: "[/ask]",
      treatment: "explain",
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
  test.each(["view_closed", "block_suggestion", "dialog_cancellation"])(
    "is ignored by its name: %s",
    (type) => {
      expect(getOnlyEvent(payload({ type, team: { id: TEAM }, user: { id: CONTACT }, view: {} }))).toEqual({
        kind: "ignored",
        what: type,
      });
    },
  );

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

describe("a form", () => {
  const view = {
    id: "V0FORM",
    title: { type: "plain_text", text: "Book a visit" },
    blocks: [{ type: "input", block_id: "b1", label: { type: "plain_text", text: "Your wish" } }],
    state: {
      values: {
        b1: { a1: { type: "plain_text_input", value: "Friday at ten" } },
        b2: { a2: { type: "static_select", selected_option: { text: { text: "Roses" }, value: "r" } } },
      },
    },
  };
  const submission = (fields: object = {}) => ({
    type: "view_submission",
    team: { id: TEAM },
    user: { id: CONTACT },
    trigger_id: TRIGGER,
    view: { ...view, ...fields },
  });

  test("holds the answers with the labels of their fields, and is answered directly", () => {
    expect(getOnlyEvent(payload(submission()))).toEqual({
      kind: "message",
      providerMessageId: `form:${TRIGGER}`,
      from: CONTACT,
      text: "[form: Book a visit]\nYour wish: Friday at ten\nRoses",
      origin: "form",
      providerTime: null,
    });
  });

  test("without an answer is handed over", () => {
    expect(getOnlyEvent(payload(submission({ state: { values: {} } })))).toMatchObject({
      text: "[form: Book a visit]",
      treatment: "hand_over",
    });
  });

  test("of the older kind holds its answers too", () => {
    const dialog = {
      type: "dialog_submission",
      team: { id: TEAM },
      user: { id: CONTACT },
      action_ts: TS,
      callback_id: "visit",
      submission: { day: "Friday", note: "" },
    };
    expect(getOnlyEvent(payload(dialog))).toMatchObject({
      kind: "message",
      text: "[form: visit]\nday: Friday",
    });
  });
});

describe("a shortcut", () => {
  const shortcut = { team: { id: TEAM }, user: { id: CONTACT }, trigger_id: TRIGGER, callback_id: "ask" };

  test("without a message has a placeholder and is explained", () => {
    expect(getOnlyEvent(payload({ type: "shortcut", ...shortcut }))).toMatchObject({
      kind: "message",
      text: "[shortcut: ask]",
      treatment: "explain",
    });
  });

  test("on a message passes its words on, and is answered directly", () => {
    const message = { type: "message", user: "U0JOE", ts: TS, text: "Do you rent bikes?" };
    const event = getOnlyEvent(
      payload({ type: "message_action", ...shortcut, channel: { id: CHANNEL }, message }),
    );
    expect(event).toMatchObject({
      kind: "message",
      from: CONTACT,
      text: "[forwarded message]\nDo you rent bikes?",
    });
    expect(event).not.toHaveProperty("thread");
    expect(event).not.toHaveProperty("treatment");
  });
});

test("a button of the older kind says its label, or its value in a placeholder", () => {
  const old = {
    type: "interactive_message",
    team: { id: TEAM },
    user: { id: CONTACT },
    channel: { id: CHANNEL },
    message_ts: ROOT,
    action_ts: TS,
    actions: [{ name: "size", type: "button", value: "42" }],
    original_message: { attachments: [{ actions: [{ name: "size", value: "42", text: "Size 42" }] }] },
  };
  expect(getOnlyEvent(payload(old))).toMatchObject({
    text: "Size 42",
    thread: `${CHANNEL}:${ROOT}`,
    shared: NAMED,
  });
  expect(getOnlyEvent(payload({ ...old, original_message: undefined }))).toMatchObject({
    text: "[button: 42]",
  });
});
