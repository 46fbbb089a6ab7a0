import { describe, expect, test } from "vitest";
import {
  ACCOUNT,
  BOT,
  callback,
  CHANNEL,
  CONTACT,
  DIRECT,
  eventOf,
  getOnlyEvent,
  message,
  parseText,
  TS,
} from "./slack-samples.ts";

const ROOT = "1767347900.000100";
const AGENT = "U0JOE";
/** A message of a channel that the app listens to. */
const write = (fields: object) => message({ type: "message", text: "Great, thank you", ...fields });
const inThread = (fields: object = {}) => write({ thread_ts: ROOT, parent_user_id: CONTACT, ...fields });

describe("a message in a Slack channel", () => {
  test("is for the assistant if it names the bot, as `message` and as `app_mention`", () => {
    for (const type of ["message", "app_mention"])
      expect(eventOf(write({ type, text: `<@${BOT}> Do you rent e-bikes?` }))).toMatchObject({
        kind: "message",
        text: "Do you rent e-bikes?",
        shared: { kind: "thread", isNamed: true },
      });
  });

  test("is ignored if it begins a thread and does not name the bot", () => {
    for (const fields of [
      {},
      { thread_ts: TS },
      { text: `<@${AGENT}> are you there?` },
      { channel: "G0GROUP" },
    ])
      expect(eventOf(write(fields))).toEqual({ kind: "ignored", what: "message.not_addressed" });
  });

  test("is marked as one in a thread if it replies without naming the bot", () => {
    expect(eventOf(inThread())).toMatchObject({
      kind: "message",
      thread: `${CHANNEL}:${ROOT}`,
      shared: { kind: "thread", isNamed: false },
    });
  });

  test.each([
    ["another participant", `<@${AGENT}> what do you think?`],
    ["another participant by a label", `<@${AGENT}|joe> what do you think?`],
    ["a group of users", "<!subteam^S0HELP|@help> anyone?"],
    ["everybody in the channel", "<!here> anyone?"],
  ])("is for others if it names %s", (_who, text) => {
    expect(eventOf(inThread({ text }))).toMatchObject({ shared: { isNamed: false, namesOthers: true } });
  });

  test("that names the bot in a thread of another participant shows that there are several", () => {
    const fields = { text: `<@${BOT}> can you help?`, parent_user_id: AGENT };
    expect(eventOf(inThread(fields))).toMatchObject({ shared: { isNamed: true, namesOthers: true } });
  });

  test("replies to the assistant in a thread that the bot began", () => {
    expect(eventOf(inThread({ parent_user_id: BOT }))).toMatchObject({
      shared: { kind: "thread", isNamed: false, repliesToUs: true },
    });
  });

  test("is direct in a direct message, also where it names others", () => {
    const event = eventOf(write({ channel: DIRECT, channel_type: "im", text: `<@${AGENT}> hello` }));
    expect(event).toMatchObject({ kind: "message", thread: DIRECT });
    expect(event).not.toHaveProperty("shared");
  });

  test("of an agent takes the thread over, unless the agent names the bot", () => {
    const account = { ...ACCOUNT, settings: { agents: [AGENT] } };
    const eventOn = (event: object) =>
      getOnlyEvent(parseText(JSON.stringify(callback(event)), undefined, account));
    expect(eventOn(inThread({ user: AGENT, text: "I'll take this one" }))).toMatchObject({
      kind: "agent_reply",
      providerMessageId: `${CHANNEL}:${TS}`,
      to: null,
      thread: `${CHANNEL}:${ROOT}`,
      text: "I'll take this one",
    });
    expect(eventOn(inThread({ user: AGENT, parent_user_id: BOT }))).toMatchObject({ kind: "agent_reply" });
    expect(eventOn(inThread({ user: AGENT, text: `<@${BOT}> hours?` }))).toMatchObject({ kind: "message" });
    expect(eventOn(inThread())).toMatchObject({ kind: "message" });
  });
});
