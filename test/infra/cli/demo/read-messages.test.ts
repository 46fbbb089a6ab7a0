import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readMessages } from "../../../../infra/cli/demo/read-messages.ts";
import { DEMO_CHANNELS, findContacts } from "../../../../infra/cli/demo/contacts.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";

function read(...lines: string[]) {
  const path = join(temporaryFolder(), "messages");
  writeFileSync(path, lines.join("\n"));
  return readMessages(path, null);
}

describe("a file of messages", () => {
  it("a file of plain text is sent by SMS and webhook in turn, each line from another contact", () => {
    expect(read("hello", "", "ham\tsee you at five", "spam\twebhook news\tyou have won")).toEqual([
      { channel: "twilio-sms", from: "+15552000000", text: "hello" },
      { channel: "webhook", from: "user-1", text: "see you at five" },
      { channel: "twilio-sms", from: "+15552000002", text: "you have won" },
    ]);
  });

  it("may name the channel in a column before the text", () => {
    expect(read("telegram\thello", "ham\tslack\thello")).toEqual([
      { channel: "telegram", from: "610000000", text: "hello" },
      { channel: "slack", from: "U0PERSON1", text: "hello" },
    ]);
  });

  it("a file of JSON lines may name channel and contact, and missing values are generated", () => {
    const lines = [
      { channel: "whatsapp", from: "15550100177" },
      { channel: "web" },
      { from: "+15550100178" },
    ];
    expect(read(...lines.map((line) => JSON.stringify({ ...line, text: "hi" })))).toEqual([
      { channel: "whatsapp", from: "15550100177", text: "hi" },
      { channel: "web", from: "visitor-1", text: "hi" },
      { channel: "twilio-sms", from: "+15550100178", text: "hi" },
    ]);
  });

  it.each([
    ['{"text":"hi","channel":"fax"}', "Line 1 of .*: channel must be one of twilio-sms, "],
    ['{"text":"hi","channel":"telegram","from":"ada"}', "Line 1 of .*: from must be an id of digits"],
    ['{"words":"hi"}', "Line 1 of .*: text "],
    ["{nonsense", "Line 1 of .*: "],
  ])("says of %s which line is wrong, and how it must be", (line, message) => {
    expect(() => read(line)).toThrow(new RegExp(message));
  });

  it.each(DEMO_CHANNELS)("%s: invented contacts have addresses in the form of the channel", (channel) => {
    const { address, createAddress } = findContacts(channel);
    const contacts = [0, 1, 5_573, 999_999].map(createAddress);
    for (const name of contacts) expect(name).toMatch(address.pattern);
    expect(new Set(contacts).size).toBe(contacts.length);
  });
});
