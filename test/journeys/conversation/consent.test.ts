import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ env: { PARLEY_QUIET_WINDOW_SMS_MS: "0" } });
});
afterAll(() => parley.close());

async function endOf(id: string) {
  return await eventually("the end of the message", async () => {
    const [row] = await findMessageOutcomes(parley.db, [id]);
    return row !== undefined && !["pending", "in_turn"].includes(row.state) && row;
  });
}

/** Posts a message of the contact and waits for its end. */
async function write(from: string, text: string): Promise<void> {
  const { id } = await parley.sendWebhook({ from, text });
  await endOf(id);
}

async function lastReplyTo(contact: string) {
  const replies = (await parley.replies()).filter(({ to }) => to === contact);
  return replies.at(-1)?.text;
}

const QUESTION = /^Shall we stop/;
const CONFIRMATION = /^You will get no more messages/;

describe("a message that may be an opt-out", () => {
  it("gets a question, and YES opts the contact out", async () => {
    await write("ann", "How do I unsubscribe?");
    expect(await lastReplyTo("ann")).toMatch(QUESTION);
    await write("ann", "yes please");
    expect(await lastReplyTo("ann")).toMatch(CONFIRMATION);
    await write("ann", "Can I return a bell?");
    expect(await lastReplyTo("ann")).toMatch(CONFIRMATION);
  });

  it("gets a question, and NO lets the conversation go on", async () => {
    await write("ben", "stop it");
    await write("ben", "no");
    expect(await lastReplyTo("ben")).toMatch(/^All right, we go on/);
    await write("ben", "Can I return a bell?");
    expect(await lastReplyTo("ben")).not.toMatch(CONFIRMATION);
  });

  it("gets a question, and another question is answered as usual, after which YES is an ordinary word", async () => {
    await write("cem", "go away");
    await write("cem", "Can I return a bell?");
    await write("cem", "yes");
    expect(await lastReplyTo("cem")).not.toMatch(CONFIRMATION);
  });
});

it("a wish in any words is confirmed once and ends the messages", async () => {
  await write("dora", "please take me off your list");
  await write("dora", "Can I return a bell?");
  const replies = (await parley.replies()).filter(({ to }) => to === "dora");
  expect(replies.map(({ text }) => text)).toEqual([expect.stringMatching(CONFIRMATION)]);
});

describe("a word by SMS", () => {
  it("that the carrier answers gets no second answer", async () => {
    const { sid } = await parley.sendSms({ from: "+15550100151", text: "HELP" });
    expect(await endOf(sid)).toMatchObject({ state: "suppressed", reason: "help_answered_by_carrier" });
  });

  it.each([
    ["+15550100152", "Hilfe", "You are writing with our automatic assistant"],
    ["+15550100153", "Stop please", "You will get no more messages"],
  ])("of %s that the carrier does not know is answered by us: %s", async (from, text, answer) => {
    const { sid } = await parley.sendSms({ from, text });
    expect(await endOf(sid)).toMatchObject({ state: "answered" });
    expect((await parley.texts(from)).map(({ body }) => body)).toEqual([expect.stringContaining(answer)]);
  });
});
