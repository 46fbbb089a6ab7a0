import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { splitTexts } from "../../../support/channels/split-texts.ts";
import { createTwilioWhatsappChannel } from "../../../../activities/channels/twilio-whatsapp.ts";
import type { Fault } from "../../../../infra/sandbox/fakes/server/fault-script.ts";
import { createTwilioFake } from "../../../../infra/sandbox/fakes/twilio/twilio-fake.ts";
import { egressTo, sampleAccount, samplePart, toLostPart } from "../../../support/channels/samples.ts";

const SID = `AC${"a".repeat(32)}`;
const TEMPLATE = { name: `HX${"c".repeat(32)}`, language: "en" };
const signal = new AbortController().signal;

interface Sent {
  to: string;
  from: string;
  body: string;
  sid: string;
  contentSid?: string;
  statusCallback?: string;
}

async function openChannel(timeoutMs?: number) {
  const fake = createTwilioFake({ authToken: "auth-token", listedAfterMs: 0 });
  const url = await fake.listen(0);
  onTestFinished(async () => await fake.close());
  const channel = createTwilioWhatsappChannel({
    egress: egressTo(url, timeoutMs),
    baseUrl: url,
    now: () => new Date(),
    callbackUrl: ({ channel: name, accountId }) => `https://chat.example.com/webhooks/${name}/${accountId}`,
  });
  const account = sampleAccount({
    channel: "twilio-whatsapp",
    externalId: SID,
    secrets: { inbound: [], outbound: ["auth-token"] },
  });
  const part = samplePart({ firstAttemptAt: new Date() });
  return {
    channel,
    account,
    part,
    fail: (fault: Fault) => fake.faults.replace([{ match: { method: "POST" }, times: 1, fault }]),
    send: async (changes: Partial<typeof part> = {}, from = account) =>
      await channel.send({ ...part, ...changes }, from, signal),
    reconcile: async (changes: Partial<typeof part> = {}) =>
      await channel.reconcile?.(toLostPart({ ...part, ...changes }), account, signal),
    mark: async (mark: string, to: string) =>
      await fetch(`${url}/__control/${mark}`, { method: "POST", body: JSON.stringify({ to }) }),
    sent: async () =>
      ((await (await fetch(`${url}/__control/messages`)).json()) as { messages: Sent[] }).messages,
  };
}

describe("a send", () => {
  test("puts the prefix before both addresses and asks for receipts", async () => {
    const { send, sent, part } = await openChannel();
    const outcome = await send();
    const [message] = await sent();
    expect(message).toMatchObject({
      to: "whatsapp:+15005550006",
      from: "whatsapp:+15005550001",
      body: part.text,
      statusCallback: `https://chat.example.com/webhooks/twilio-whatsapp/main?delivery=${samplePart().deliveryId}`,
    });
    expect(outcome).toEqual({ kind: "accepted", providerId: message?.sid });
  });

  test("goes to a business-scoped user id as to a number", async () => {
    const { send, sent } = await openChannel();
    await send({ to: "US.13491208655302741918" });
    expect(await sent()).toMatchObject([{ to: "whatsapp:US.13491208655302741918" }]);
  });

  test("a send uses the messaging service when the account address is one", async () => {
    const { send, sent, account } = await openChannel();
    await send({}, { ...account, address: `MG${"b".repeat(32)}` });
    expect(await sent()).toMatchObject([{ from: `MG${"b".repeat(32)}` }]);
  });

  test("is refused as an opt-out if the contact stopped us", async () => {
    const { send, mark } = await openChannel();
    await mark("opted-out", "whatsapp:+15005550006");
    expect(await send()).toMatchObject({ kind: "refused", class: "optout", code: "21610" });
  });

  test("a send with another token is a configuration error, and the error does not show the token", async () => {
    const { send, account } = await openChannel();
    const stranger = { ...account, secrets: { inbound: [], outbound: ["hidden-token"] } };
    const outcome = await send({}, stranger);
    expect(outcome).toMatchObject({ kind: "refused", class: "config", code: "20003" });
    expect(JSON.stringify(outcome)).not.toContain("hidden");
  });

  test("a throttled send waits as long as Twilio says", async () => {
    const { send, fail } = await openChannel();
    fail({ status: 429, headers: { "retry-after": "3" } });
    expect(await send()).toEqual({ kind: "refused", class: "throttle", code: "20429", retryAfterMs: 3_000 });
  });
});

describe("a closed window", () => {
  const TO = "whatsapp:+15005550006";

  test("refuses free text and takes the template, with the text as its one variable", async () => {
    const { send, sent, mark } = await openChannel();
    await mark("window-closed", TO);
    expect(await send()).toMatchObject({ kind: "refused", class: "window", code: "63016" });
    const text = " Your order\n\tis  on\u00a0its way.    Bye ";
    expect(await send({ text, template: TEMPLATE })).toMatchObject({ kind: "accepted" });
    expect(await sent()).toMatchObject([
      { to: TO, body: "Your order is on its way. Bye", contentSid: TEMPLATE.name },
    ]);
  });

  test.each(["reply_ready", "HX1", `HX${"g".repeat(32)}`])(
    "cannot be opened by the template %s, which is no ContentSid",
    async (name) => {
      const { send, sent } = await openChannel();
      const outcome = await send({ template: { name, language: "en" } });
      expect(outcome).toMatchObject({ kind: "refused", class: "config", code: "template_not_content_sid" });
      expect(await sent()).toEqual([]);
    },
  );
});

describe("a lost answer", () => {
  test("is looked up by both addresses and the text", async () => {
    const { send, reconcile, fail, sent } = await openChannel(500);
    fail({ accept_then_drop: true });
    expect(await send()).toEqual({ kind: "unknown", code: "response_lost" });
    const [message] = await sent();
    expect(await reconcile()).toMatchObject({ kind: "found", providerId: message?.sid });
    expect(await reconcile({ text: "another" })).toMatchObject({ kind: "absent_proven" });
    expect(await reconcile({ to: "+15005550007" })).toMatchObject({ kind: "absent_proven" });
  });

  test("stays open where a template was sent: the list does not show our text", async () => {
    const { send, reconcile } = await openChannel();
    await send({ template: TEMPLATE });
    expect(await reconcile({ template: TEMPLATE })).toMatchObject({
      kind: "unknown",
      reason: "not_recognisable",
    });
  });
});

describe("a long reply", () => {
  test("goes in parts of 1600 characters at most", async () => {
    const { channel } = await openChannel();
    expect(splitTexts(channel, "ж".repeat(1_600))).toHaveLength(1);
    expect(splitTexts(channel, "ж".repeat(1_601))).toHaveLength(2);
    const unit = fc.constantFrom("word ", "sentence. ", "\n\n", "ж", "👩‍👩‍👧‍👦", "https://example.com/a?b=c ");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 900 }), (text) => {
        for (const part of splitTexts(channel, text)) expect(part.length).toBeLessThanOrEqual(1_600);
      }),
      { numRuns: 50 },
    );
  });
});

describe("the channel", () => {
  test.each([
    ["63016", "window"],
    ["63018", "throttle"],
    ["63024", "permanent"],
    ["63012", "retry"],
    ["21610", "optout"],
    ["77777", "permanent"],
  ])("reads the code %s of a failed receipt as %s", async (code, kind) => {
    const { channel } = await openChannel();
    expect(channel.classifyReceipt?.(code)).toBe(kind);
  });

  test("allows free text for a day and gives up after some four hours", async () => {
    const { channel } = await openChannel();
    expect(channel).toMatchObject({ replyWindowMs: 86_400_000, receipts: true, deliveryClass: "reconcile" });
    expect([1, 9, 10].map((attempt) => channel.delayBeforeAttemptMs(attempt))).toEqual([0, 7_200_000, null]);
  });
});
