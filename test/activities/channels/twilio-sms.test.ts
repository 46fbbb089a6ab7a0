import type { ServerResponse } from "node:http";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import type { OutboundPart } from "../../../activities/channels/channel.ts";
import { countSegments } from "../../../activities/channels/sms-segments.ts";
import { TWILIO_ERROR_CLASSES } from "../../../activities/channels/twilio-error-classes.ts";
import { createTwilioSmsChannel } from "../../../activities/channels/twilio-sms.ts";
import type { ChannelAccount } from "../../../db/channel-account.ts";
import { createEgressGuard } from "../../../infra/runtime/egress-guard.ts";
import { openHttpPeer, type PeerRequest } from "../../support/http-peer.ts";

const SID = `AC${"a".repeat(32)}`;
const ACCOUNT: ChannelAccount = {
  tenantId: "acme",
  accountId: "main",
  channel: "twilio-sms",
  sender: "+15005550001",
  externalId: SID,
  secrets: { inbound: [], outbound: ["auth-token"] },
};
const PART: OutboundPart = {
  deliveryId: "d-1",
  conversationId: "c-1",
  to: "+15005550006",
  text: "Your order & receipt ✓",
  part: 1,
  parts: 1,
  inReplyTo: ["SM1"],
  sources: [],
  firstAttemptAt: new Date("2026-01-02T10:00:00.900Z"),
};
const NOW = new Date("2026-01-02T10:00:10Z");
const signal = new AbortController().signal;

type Answer = (response: ServerResponse, request: PeerRequest) => void;

async function open(answer: Answer, timeoutMs = 2_000) {
  const peer = await openHttpPeer(answer);
  const egress = createEgressGuard({ allowHttp: true, allowedHosts: [peer.host], timeoutMs });
  onTestFinished(async () => await egress.close());
  return { peer, channel: createTwilioSmsChannel({ egress, baseUrl: peer.url, now: () => NOW }) };
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };

async function sendTo(answer: Answer, account = ACCOUNT) {
  const { peer, channel } = await open(answer);
  const outcome = await channel.send(PART, account, signal);
  return { outcome, requests: peer.requests };
}

describe("a send", () => {
  test("is one form post with basic auth, and its id is Twilio's", async () => {
    const { outcome, requests } = await sendTo(
      json(201, { sid: "SM42", status: "queued", error_code: null }),
    );
    expect(outcome).toEqual({ kind: "accepted", providerId: "SM42" });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: "POST",
      path: `/2010-04-01/Accounts/${SID}/Messages.json`,
      headers: {
        authorization: `Basic ${Buffer.from(`${SID}:auth-token`).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
      },
    });
    expect(Object.fromEntries(new URLSearchParams(requests[0]?.body))).toEqual({
      To: "+15005550006",
      From: "+15005550001",
      Body: "Your order & receipt ✓",
    });
  });

  test("goes by the messaging service where the sender is one", async () => {
    const service = `MG${"b".repeat(32)}`;
    const { requests } = await sendTo(json(201, { sid: "SM42" }), { ...ACCOUNT, sender: service });
    expect(Object.fromEntries(new URLSearchParams(requests[0]?.body))).toMatchObject({
      MessagingServiceSid: service,
    });
    expect(requests[0]?.body).not.toContain("From=");
  });

  test.each(Object.entries(TWILIO_ERROR_CLASSES))("refused with code %s is %s", async (code, kind) => {
    const { outcome } = await sendTo(json(400, { code: Number(code), message: "no", status: 400 }));
    expect(outcome).toEqual({ kind: "refused", class: kind, code, retryAfterMs: null });
  });

  test.each([
    [400, "permanent"],
    [401, "config"],
    [403, "config"],
    [404, "permanent"],
    [408, "retry"],
    [425, "retry"],
    [429, "throttle"],
    [500, "retry"],
    [503, "retry"],
    [302, "permanent"],
  ])("refused with %i and no known code is %s", async (status, kind) => {
    const html: Answer = (response) => {
      response.writeHead(status, { location: "/elsewhere" }).end("<html>");
    };
    expect((await sendTo(html)).outcome).toMatchObject({ class: kind, code: `http_${status}` });
    expect((await sendTo(json(status, { code: 99_999 }))).outcome).toMatchObject({
      class: kind,
      code: "99999",
    });
  });

  test("hands on the wait that Twilio asks for", async () => {
    const { outcome } = await sendTo(json(429, { code: 20_429 }, { "retry-after": "3" }));
    expect(outcome).toMatchObject({ class: "throttle", retryAfterMs: 3_000 });
  });

  test.each([
    ["the answer is cut", (response: ServerResponse) => response.destroy()],
    ["the answer has no id", json(201, {})],
    ["the answer is not JSON", (response: ServerResponse) => response.writeHead(201).end("created")],
  ])("is unknown where %s", async (_what, answer) => {
    expect((await sendTo((response) => void answer(response, {} as PeerRequest))).outcome).toMatchObject({
      kind: "unknown",
    });
  });
});

describe("a lost answer is looked up", () => {
  const listed = (changes: Record<string, unknown> = {}) => ({
    ...{
      sid: "SM7",
      body: PART.text,
      date_created: "Fri, 02 Jan 2026 10:00:01 +0000",
      direction: "outbound-api",
    },
    ...changes,
  });

  async function reconcile(answer: Answer, part = PART, account = ACCOUNT) {
    const { peer, channel } = await open(answer, 300);
    const outcome = await channel.reconcile?.(part, account, signal);
    const query = new URL(peer.requests[0]?.path ?? "", peer.url).searchParams;
    return { outcome, query: Object.fromEntries(query), requests: peer.requests };
  }

  test("among the messages to that person from that sender since that day", async () => {
    const { outcome, query, requests } = await reconcile(json(200, { messages: [listed()] }));
    expect(outcome).toEqual({ kind: "found", providerId: "SM7" });
    expect(requests).toMatchObject([
      { method: "GET", headers: { authorization: expect.stringMatching(/^Basic /) as string } },
    ]);
    expect(query).toMatchObject({ To: PART.to, From: ACCOUNT.sender, "DateSent>": "2026-01-02" });
  });

  test("under any sender where a messaging service chose it", async () => {
    const { query } = await reconcile(json(200, { messages: [] }), PART, { ...ACCOUNT, sender: "MG1" });
    expect(query).not.toHaveProperty("From");
  });

  test("from the day before where Twilio's clock may still be there", async () => {
    const part = { ...PART, firstAttemptAt: new Date("2026-01-02T00:00:01Z") };
    const sent = listed({ date_created: "Thu, 01 Jan 2026 23:59:59 +0000" });
    const { outcome, query } = await reconcile(json(200, { messages: [sent] }), part);
    expect(query).toMatchObject({ "DateSent>": "2026-01-01" });
    expect(outcome).toEqual({ kind: "found", providerId: "SM7" });
  });

  test.each([
    ["nothing is listed", [], "absent"],
    ["only another text is", [{ body: `${PART.text} ` }], "absent"],
    ["the same text is from 3 s before", [{ date_created: "Fri, 02 Jan 2026 09:59:57 +0000" }], "absent"],
    ["the same text is from 2 s before", [{ date_created: "Fri, 02 Jan 2026 09:59:58 +0000" }], "found"],
    ["it stands behind others", [{ body: "other" }, {}], "found"],
  ])("and where %s it is %s", async (_what, changes, kind) => {
    const { outcome } = await reconcile(json(200, { messages: changes.map((change) => listed(change)) }));
    expect(outcome).toMatchObject({ kind });
  });

  test.each([
    ["an error", json(500, {})],
    ["a refusal", json(401, { code: 20_003 })],
    ["no list", json(200, {})],
    ["silence", () => undefined],
  ])("and the question stays open after %s", async (_what, answer) => {
    expect((await reconcile(answer)).outcome).toEqual({ kind: "unknown" });
  });

  test("in one page that the egress guard reads whole", async () => {
    // As large as Twilio's own: a hundred of these are twice what the guard reads.
    const filler = {
      ...listed({ body: "x".repeat(1_600) }),
      uri: "u".repeat(900),
      subresource_uris: { media: "m".repeat(900) },
    };
    const { outcome } = await reconcile((response, { path }) => {
      const size = Number(new URLSearchParams(path.split("?")[1]).get("PageSize"));
      json(200, { messages: [listed(), ...Array.from({ length: size - 1 }, () => filler)] })(
        response,
        {} as PeerRequest,
      );
    });
    expect(outcome).toEqual({ kind: "found", providerId: "SM7" });
  });
});

describe("a long reply", () => {
  const egress = createEgressGuard({ allowHttp: false, allowedHosts: [] });
  const channel = createTwilioSmsChannel({ egress, baseUrl: "https://api.twilio.com", now: () => NOW });

  test.each([
    ["a".repeat(1_530), 1],
    ["a".repeat(1_531), 2],
    ["ж".repeat(670), 1],
    ["ж".repeat(671), 2],
    ["🙂".repeat(330), 1],
    ["🙂".repeat(331), 2],
  ])("%.4s… goes in as few parts as ten segments allow", (text, parts) => {
    expect(channel.split(text)).toHaveLength(parts);
  });

  test("never has a part of more than 1600 characters or ten segments", () => {
    const unit = fc.constantFrom(
      "word ",
      "sentence. ",
      "\n\n",
      "€",
      "ж",
      "🙂",
      "👩‍👩‍👧‍👦",
      "https://example.com/a?b=c ",
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 900 }), (text) => {
        for (const part of channel.split(text)) {
          expect(part.length).toBeLessThanOrEqual(1_600);
          expect(countSegments(part).segments).toBeLessThanOrEqual(10);
        }
      }),
      { numRuns: 60 },
    );
  });
});

test("attempts end within four hours, and an ambiguous one is looked up first", async () => {
  const { channel } = await open(json(200, {}));
  const delays: number[] = [];
  for (let attempt = 1; attempt < 100; attempt++) {
    const delay = channel.delayBeforeAttemptMs(attempt);
    if (delay === null) break;
    delays.push(delay);
  }
  expect(delays[0]).toBe(0);
  expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  expect(delays.length).toBeLessThan(99);
  expect(delays.reduce((sum, delay) => sum + delay, 0)).toBeLessThanOrEqual(4 * 3_600_000);
  expect(channel.deliveryClass).toBe("reconcile");
});
