import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outcomesOf } from "../../db/outcomes.ts";
import { eventually } from "../support/eventually.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
afterAll(() => parley.close());

const stored = async () =>
  Number((await parley.db.execute(sql`SELECT count(*) AS n FROM inbox`)).rows[0]?.["n"]);
const answered = (id: string) =>
  eventually("an answer", async () =>
    (await outcomesOf(parley.db, [id])).find(({ state }) => state === "answered"),
  );

/** Sends, and tells what came back; nothing may have been stored. */
async function refusal(request: () => Promise<Response>) {
  const before = await stored();
  const response = await request();
  const problem = (await response.json()) as {
    code: string;
    errors?: { field: string; message: string }[];
    request_id: string;
  };
  expect(await stored()).toBe(before);
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  expect(response.headers.get("x-request-id")).toBe(problem.request_id);
  return { status: response.status, code: problem.code, errors: problem.errors };
}

const webhook = async (message: Parameters<Installation["sendWebhook"]>[0]) =>
  (await parley.sendWebhook(message)).response;
const now = () => Math.floor(Date.now() / 1000);

describe("a webhook that cannot be taken", () => {
  it("with a wrong signature is refused with 401", async () => {
    expect(
      await refusal(() => webhook({ secret: "whsec_d3Jvbmd3cm9uZ3dyb25nd3Jvbmd3cm9uZw==" })),
    ).toMatchObject({ status: 401, code: "signature_invalid" });
  });

  it("without a signature is refused with 401", async () => {
    expect(
      await refusal(() => fetch(`${parley.url}/webhooks/webhook/main`, { method: "POST", body: "{}" })),
    ).toMatchObject({ status: 401, code: "signature_missing" });
    expect(
      await refusal(() => fetch(`${parley.url}/webhooks/twilio-sms/main`, { method: "POST", body: "a=b" })),
    ).toMatchObject({ status: 401, code: "signature_missing" });
  });

  it("with a replayed timestamp is refused with 401, in both directions", async () => {
    for (const timestamp of [now() - 302, now() + 302]) {
      expect(await refusal(() => webhook({ timestamp }))).toMatchObject({
        status: 401,
        code: "timestamp_out_of_window",
      });
    }
  });

  it("with broken JSON is refused with 422 and says so", async () => {
    expect(await refusal(() => webhook({ body: '{"type":"message.received",' }))).toMatchObject({
      status: 422,
      errors: [{ field: "(body)", message: expect.stringContaining("is not JSON") }],
    });
  });

  it("with 2 MB of body is refused with 413", async () => {
    expect(await refusal(() => webhook({ text: "x".repeat(2 * 1024 * 1024) }))).toMatchObject({
      status: 413,
      code: "body_too_large",
    });
  });

  it("for an unknown account or channel is refused with 404, also where no account can be called that", async () => {
    for (const path of [
      "webhook/nobody",
      "carrier-pigeon/main",
      "webhook/%00",
      `webhook/${"a".repeat(128)}`,
    ]) {
      expect(
        await refusal(() => fetch(`${parley.url}/webhooks/${path}`, { method: "POST", body: "{}" })),
      ).toMatchObject({ status: 404, code: "unknown_account" });
    }
  });

  it("with empty text, or without a sender, is refused with the field's name", async () => {
    expect(await refusal(() => webhook({ text: "  " }))).toMatchObject({
      status: 422,
      errors: [{ field: "data.text" }],
    });
    expect(
      await refusal(() => webhook({ body: '{"type":"message.received","data":{"text":"hi"}}' })),
    ).toMatchObject({ status: 422, errors: [{ field: "data.from" }] });
  });

  it("at a path that cannot be read is refused like all else", async () => {
    for (const path of ["webhooks/webhook/%ZZ", `webhooks/webhook/${"a".repeat(200)}`]) {
      expect(
        await refusal(() => fetch(`${parley.url}/${path}`, { method: "POST", body: "{}" })),
        path,
      ).toMatchObject({
        status: 400,
        code: "bad_request",
      });
    }
  });

  it("at a path that does not exist is refused with 404", async () => {
    expect(await refusal(() => fetch(`${parley.url}/nowhere`))).toMatchObject({
      status: 404,
      code: "not_found",
    });
  });
});

describe("an odd message that must not be lost", () => {
  it("with half a surrogate pair is kept with the replacement character", async () => {
    const { id, response } = await parley.sendWebhook({
      body: '{"type":"message.received","data":{"from":"lone","text":"return \\ud800 days?"}}',
    });
    expect(response.status).toBe(202);
    await answered(id);
    expect(JSON.stringify(parley.openai.log.entries().at(-1)?.body)).toContain("return \uFFFD days?");
  });

  it("of 65,000 characters is kept whole and answered from what the prompt can hold", async () => {
    const { id, response } = await parley.sendWebhook({
      from: "long",
      text: `${"blah ".repeat(13_000)}How many days until a refund?`,
    });
    expect(response.status).toBe(202);
    await answered(id);
    const call = parley.openai.log.entries().findLast(({ path }) => path === "/v1/responses")?.body as {
      input: { content: string }[];
    };
    expect(call.input.at(-1)?.content).toMatch(/How many days until a refund\?$/);
    expect(call.input.at(-1)?.content.length).toBeLessThan(30_000);
  });

  it("that is an empty SMS is kept and named as suppressed", async () => {
    const { sid, response } = await parley.sendSms({ from: "+15550100150", text: "" });
    expect(response.status).toBe(200);
    expect(await outcomesOf(parley.db, [sid])).toMatchObject([{ state: "suppressed", reason: "empty_text" }]);
  });

  it("with NUL bytes, quotes and markup passes through to the model unchanged", async () => {
    const text = `a\u0000b '"; DROP TABLE inbox; -- <script>alert(1)</script> \u{1F469}\u200D\u{1F680}`;
    const { id } = await parley.sendWebhook({ from: "odd", text });
    await answered(id);
    const call = parley.openai.log.entries().findLast(({ path }) => path === "/v1/responses")?.body as {
      input: { content: string }[];
    };
    expect(call.input.at(-1)?.content).toBe(text);
  });

  it("that is a status callback of Twilio is acknowledged and is no message", async () => {
    const before = await stored();
    const { response } = await parley.sendSms({
      from: "+15550100151",
      text: "x",
      fields: { SmsStatus: "delivered", MessageStatus: "delivered" },
    });
    expect(response.status).toBe(200);
    expect(await stored()).toBe(before);
  });
});

describe("the ingress", () => {
  it("describes itself as OpenAPI 3.1 and says how its parts are", async () => {
    const openapi = (await (await fetch(`${parley.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: object;
    };
    expect(openapi.openapi).toBe("3.1.0");
    expect(Object.keys(openapi.paths)).toContain("/webhooks/{channel}/{account}");
    expect(await (await fetch(`${parley.url}/livez`)).json()).toEqual({ status: "ok" });
    expect(await (await fetch(`${parley.url}/readyz`)).json()).toEqual({
      status: "ready",
      parts: { postgres: "ok", temporal: "ok", redis: "ok" },
      spool: null,
    });
  });
});
