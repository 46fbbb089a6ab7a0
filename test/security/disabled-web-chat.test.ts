import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type TestApi, startTestApi } from "../api/v1/support/start-test-api.ts";
import { call, openSession, openStream, sendMessage, WEB_ENV } from "../api/web/visitor.ts";

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startTestApi({ env: WEB_ENV });
  key = await api.keyFor("main");
});
afterAll(() => api.close());

it("tokens and streams of a disabled chat are refused at use, and work again when it is enabled", async () => {
  const session = await openSession(api.url);
  expect((await sendMessage(api.url, session, "Before")).status).toBe(202);
  const stream = await openStream(api.url, session);
  await eventually("the stream", async () => stream.received.events.some(({ event }) => event === "ready"));

  const disabled = await api.call("POST /v1/accounts/web/main/disable", { key });
  expect(disabled.body["effect"]).toMatchObject({ state: "in_effect" });
  const refused = await sendMessage(api.url, session, "While it is disabled");
  expect([refused.status, refused.body["code"]]).toEqual([403, "account_disabled"]);
  expect((await call(api.url, session, "stream")).status).toBe(403);
  await eventually("the end of the open stream", async () => stream.received.ended);
  expect(stream.received.events.at(-1)).toMatchObject({ event: "end", data: { reason: "disabled" } });

  await api.call("POST /v1/accounts/web/main/enable", { key });
  expect((await sendMessage(api.url, session, "After")).status).toBe(202);
});
