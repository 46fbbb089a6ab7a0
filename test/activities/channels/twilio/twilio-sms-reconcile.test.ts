import { describe, expect, onTestFinished, test } from "vitest";
import type { LostPart } from "../../../../activities/channels/channel.ts";
import { createTwilioSmsChannel } from "../../../../activities/channels/twilio-sms.ts";
import { createTwilioFake } from "../../../../infra/sandbox/fakes/twilio/twilio-fake.ts";
import { toLostPart } from "../../../support/channels/samples.ts";
import { ACCOUNT, type FakeResponse, json, openTwilio, optionsFor, PART, signal } from "./open-twilio.ts";

describe("a lost answer is looked up", () => {
  const buildListedMessage = (changes: Record<string, unknown> = {}) => ({
    sid: "SM7",
    body: PART.text,
    date_created: "Fri, 02 Jan 2026 10:00:01 +0000",
    date_sent: null,
    direction: "outbound-api",
    ...changes,
  });
  const list = (changes: Record<string, unknown>[], next: string | null = null) =>
    json(200, { messages: changes.map((change) => buildListedMessage(change)), next_page_uri: next });

  async function reconcile(answer: FakeResponse, lost: Partial<LostPart> = {}, account = ACCOUNT) {
    const { peer, channel } = await openTwilio(answer, 300);
    const outcome = await channel.reconcile?.(toLostPart(PART, lost), account, signal);
    const query = new URL(peer.requests[0]?.path ?? "", peer.url).searchParams;
    return { outcome, query: Object.fromEntries(query), requests: peer.requests };
  }

  test("a lost send is searched among the messages to that contact, without a filter by the time of sending", async () => {
    const { outcome, query, requests } = await reconcile(list([{}]));
    expect(outcome).toEqual({ kind: "found", providerId: "SM7", provenBy: "text_and_time" });
    expect(requests).toMatchObject([
      { method: "GET", headers: { authorization: expect.stringMatching(/^Basic /) as string } },
    ]);
    expect(query).toEqual({ To: PART.to, From: ACCOUNT.address, PageSize: "10" });
  });

  test("a lost send is searched under any account address when a messaging service chose the address", async () => {
    const { query } = await reconcile(list([]), {}, { ...ACCOUNT, address: "MG1" });
    expect(query).not.toHaveProperty("From");
  });

  test.each([
    ["nothing is listed", [], "absent_proven"],
    ["only another text is", [{ body: `${PART.text} 2` }], "absent_proven"],
    [
      "the same text is from 11 s before",
      [{ date_created: "Fri, 02 Jan 2026 09:59:49 +0000" }],
      "absent_proven",
    ],
    ["the same text is from 10 s before", [{ date_created: "Fri, 02 Jan 2026 09:59:50 +0000" }], "found"],
    ["it stands behind others", [{ body: "other" }, {}], "found"],
    ["the account redacts its texts", [{ body: "" }], "unknown"],
    ["a time cannot be read", [{ date_created: "yesterday" }], "unknown"],
  ])("when %s, the lost send is %s", async (_what, changes, kind) => {
    expect((await reconcile(list(changes))).outcome).toMatchObject({ kind });
  });

  test.each([
    ["a trial account", `Sent from your Twilio trial account - ${PART.text}`],
    ["Smart Encoding", "Your order & receipt"],
    ["both", "Sent from your Twilio trial account - Your order & receipt  "],
  ])("a text that was rewritten by %s is found", async (_what, body) => {
    expect((await reconcile(list([{ body }]))).outcome).toMatchObject({ kind: "found" });
  });

  test("one look soon after the attempt proves nothing, and says when a look can", async () => {
    expect((await reconcile(list([]), { sinceAttemptMs: 2_000 })).outcome).toEqual({
      kind: "unknown",
      reason: "list_may_lag",
      provableInMs: 18_000,
    });
  });

  test("a message that belongs to another part with the same text is not taken for this part", async () => {
    const findOtherParts = async (sids: readonly string[]) => new Set(sids.filter((sid) => sid === "SM1"));
    const newestFirst = [{ sid: "SM3" }, { sid: "SM2" }, { sid: "SM1" }];
    expect((await reconcile(list(newestFirst), { findOtherParts })).outcome).toMatchObject({
      kind: "found",
      providerId: "SM2",
    });
    expect((await reconcile(list([{ sid: "SM1" }]), { findOtherParts })).outcome).toMatchObject({
      kind: "absent_proven",
    });
  });

  test.each([
    ["an error", json(500, {})],
    ["a refusal", json(401, { code: 20_003 })],
    ["no list", json(200, {})],
    ["silence", () => undefined],
  ])("the outcome stays unknown after %s", async (_what, answer) => {
    expect((await reconcile(answer)).outcome).toMatchObject({ kind: "unknown", reason: "list_unreadable" });
  });

  test("the list is read back to the first attempt and no further", async () => {
    const older = { body: "old", date_created: "Fri, 02 Jan 2026 09:00:00 +0000" };
    const { outcome, requests } = await reconcile((response, request) => {
      const page = Number(new URLSearchParams(request.path.split("?")[1]).get("Page"));
      const isOld = page === 2;
      const change = isOld ? { ...older, date_sent: older.date_created } : { body: "news" };
      list([change], `/2010-04-01/Accounts/AC/Messages.json?Page=${page + 1}&PageToken=t`)(response, request);
    });
    expect(outcome).toMatchObject({ kind: "absent_proven" });
    expect(requests).toHaveLength(3);
  });

  test("with more messages than are read, the outcome stays unknown", async () => {
    const { outcome, requests } = await reconcile(list([{ body: "news" }], "/Messages.json?Page=1"));
    expect(outcome).toMatchObject({ kind: "unknown", reason: "list_incomplete" });
    expect(requests).toHaveLength(30);
  });

  test("one page of the list fits into what the egress guard reads", async () => {
    // As large as Twilio's own: a hundred of these are twice what the guard reads.
    const filler = {
      ...buildListedMessage({ body: "x".repeat(1_600) }),
      uri: "u".repeat(900),
      subresource_uris: { media: "m".repeat(900) },
    };
    const { outcome } = await reconcile((response, request) => {
      const size = Number(new URLSearchParams(request.path.split("?")[1]).get("PageSize"));
      json(200, { messages: [buildListedMessage(), ...Array.from({ length: size - 1 }, () => filler)] })(
        response,
        request,
      );
    });
    expect(outcome).toMatchObject({ kind: "found", providerId: "SM7" });
  });
});

describe("a lost answer is looked up at a server that is as strict as Twilio", () => {
  async function openFake() {
    const fake = createTwilioFake({ listedAfterMs: 0, queuedForMs: 60_000 });
    const url = await fake.listen(0);
    onTestFinished(async () => await fake.close());
    const channel = createTwilioSmsChannel(optionsFor(url));
    const part = { ...PART, firstAttemptAt: new Date() };
    return { fake, url, channel, part };
  }

  test("a queued and rewritten message is found after newer ones of another system", async () => {
    const { fake, url, channel, part } = await openFake();
    await fetch(`${url}/__control/trial`, { method: "POST" });
    fake.faults.replace([{ match: { method: "POST" }, times: 1, fault: { accept_then_drop: true } }]);
    expect(await channel.send(part, ACCOUNT, signal)).toMatchObject({ kind: "unknown" });
    for (let i = 0; i < 23; i++) await channel.send({ ...part, text: `news ${i}` }, ACCOUNT, signal);
    expect(await channel.reconcile?.(toLostPart(part), ACCOUNT, signal)).toMatchObject({ kind: "found" });
  });

  test("a message that never reached Twilio is proven absent although newer ones are listed", async () => {
    const { fake, channel, part } = await openFake();
    fake.faults.replace([{ match: { method: "POST" }, times: 1, fault: { cut: true } }]);
    await channel.send(part, ACCOUNT, signal);
    for (let i = 0; i < 11; i++) await channel.send({ ...part, text: `news ${i}` }, ACCOUNT, signal);
    expect(await channel.reconcile?.(toLostPart(part), ACCOUNT, signal)).toMatchObject({
      kind: "absent_proven",
    });
  });
});
