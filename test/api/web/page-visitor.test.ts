import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { openSession, openStream, sendMessage, WEB_ENV } from "./visitor.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ env: WEB_ENV });
});
afterAll(() => parley.close());

describe("a visitor of a page", () => {
  it("a visitor gets an answer from the documents on the open stream, after the visitor's own message", async () => {
    const session = await openSession(parley.url);
    const stream = await openStream(parley.url, session);
    const sent = await sendMessage(
      parley.url,
      session,
      "Within how many days can I return something unused?",
    );
    expect([sent.status, sent.body]).toEqual([202, { message_id: sent.id, outcome: "stored" }]);
    const reply = await stream.until("reply");
    expect(reply.data).toMatchObject({ author: "assistant", part: 1, parts: 1 });
    expect(String(reply.data["text"])).toContain("30 days");
    const stored = stream.received.events.filter(({ id }) => id !== null);
    expect(stored.map(({ event }) => event)).toEqual(["message", "reply"]);
    expect(stored[0]?.data).toMatchObject({ id: sent.id });
  });
});
