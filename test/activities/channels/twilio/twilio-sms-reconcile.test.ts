import { describe, expect, test } from "vitest";
import { ACCOUNT, type FakeResponse, json, openTwilio, PART, signal } from "./open-twilio.ts";

describe("a lost answer is looked up", () => {
  const buildListedMessage = (changes: Record<string, unknown> = {}) => ({
    sid: "SM7",
    body: PART.text,
    date_created: "Fri, 02 Jan 2026 10:00:01 +0000",
    direction: "outbound-api",
    ...changes,
  });

  async function reconcile(answer: FakeResponse, part = PART, account = ACCOUNT) {
    const { peer, channel } = await openTwilio(answer, 300);
    const outcome = await channel.reconcile?.(part, account, signal);
    const query = new URL(peer.requests[0]?.path ?? "", peer.url).searchParams;
    return { outcome, query: Object.fromEntries(query), requests: peer.requests };
  }

  test("a lost send is searched among the messages to that contact from that account address since that day", async () => {
    const { outcome, query, requests } = await reconcile(json(200, { messages: [buildListedMessage()] }));
    expect(outcome).toEqual({ kind: "found", providerId: "SM7" });
    expect(requests).toMatchObject([
      { method: "GET", headers: { authorization: expect.stringMatching(/^Basic /) as string } },
    ]);
    expect(query).toMatchObject({ To: PART.to, From: ACCOUNT.address, "DateSent>": "2026-01-02" });
  });

  test("a lost send is searched under any account address when a messaging service chose the address", async () => {
    const { query } = await reconcile(json(200, { messages: [] }), PART, { ...ACCOUNT, address: "MG1" });
    expect(query).not.toHaveProperty("From");
  });

  test("the search starts one day earlier when Twilio's clock may still be on that day", async () => {
    const part = { ...PART, firstAttemptAt: new Date("2026-01-02T00:00:01Z") };
    const sent = buildListedMessage({ date_created: "Thu, 01 Jan 2026 23:59:59 +0000" });
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
  ])("when %s, the lost send is %s", async (_what, changes, kind) => {
    const { outcome } = await reconcile(
      json(200, { messages: changes.map((change) => buildListedMessage(change)) }),
    );
    expect(outcome).toMatchObject({ kind });
  });

  test.each([
    ["an error", json(500, {})],
    ["a refusal", json(401, { code: 20_003 })],
    ["no list", json(200, {})],
    ["silence", () => undefined],
  ])("the outcome stays unknown after %s", async (_what, answer) => {
    expect((await reconcile(answer)).outcome).toEqual({ kind: "unknown" });
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
    expect(outcome).toEqual({ kind: "found", providerId: "SM7" });
  });
});
