import { afterAll, beforeAll, expect, test } from "vitest";
import { signStandardWebhook } from "../../infra/runtime/signatures/standard-webhooks.ts";
import { openStorelessApi } from "./open-storeless-api.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

let api: Awaited<ReturnType<typeof openStorelessApi>>;
beforeAll(async () => {
  api = await openStorelessApi({ inbound: [SECRET] });
});
afterAll(async () => await api.close());

async function post(body: string, headers: Record<string, string> = {}) {
  return await api.app.inject({ method: "POST", url: "/webhooks/webhook/main", payload: body, headers });
}

function signBody(body: string) {
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = signStandardWebhook({ id: "msg_1", timestamp, body, secrets: [SECRET] });
  return { "webhook-id": "msg_1", "webhook-timestamp": String(timestamp), "webhook-signature": signature };
}

test("a body with a misspelt type is refused with the types that exist, logged and counted", async () => {
  const body = JSON.stringify({ type: "message.recieved", data: { from: "a", text: "b" } });
  const response = await post(body, signBody(body));
  expect(response.statusCode).toBe(422);
  expect(response.json()).toMatchObject({
    code: "body_invalid",
    errors: [{ field: "type", message: expect.stringContaining('"message.received"') as string }],
  });
  const line = api.lines.find(
    (each) => each.includes("a webhook was refused") && each.includes("body_invalid"),
  );
  expect(line).toContain("message.recieved");
  expect(line).toContain(String(response.headers["x-request-id"]));
});

test("a request without a signature is refused, logged and counted", async () => {
  expect((await post("{}")).statusCode).toBe(401);
  expect(api.lines.some((line) => line.includes("signature_missing"))).toBe(true);
});
