import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { LONGEST_TEXT } from "../../../infra/channels/channel-descriptor.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
afterAll(() => parley.close());

const countStored = async () =>
  Number((await parley.db.execute(sql`SELECT count(*) AS n FROM inbox`)).rows[0]?.["n"]);
const awaitAnswered = (id: string) =>
  eventually("a reply", async () =>
    (await findMessageOutcomes(parley.db, [id])).find(({ state }) => state === "answered"),
  );

/** Sends a request and returns its problem. The request must store no message. */
async function readProblem(request: () => Promise<Response>) {
  const before = await countStored();
  const response = await request();
  const problem = (await response.json()) as {
    code: string;
    errors?: { field: string; message: string }[];
    request_id: string;
  };
  expect(await countStored()).toBe(before);
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  expect(response.headers.get("x-request-id")).toBe(problem.request_id);
  return { status: response.status, code: problem.code, errors: problem.errors };
}

const webhook = async (message: Parameters<Installation["sendWebhook"]>[0]) =>
  (await parley.sendWebhook(message)).response;
const now = () => Math.floor(Date.now() / 1000);

describe("a webhook that cannot be accepted", () => {
  it("a webhook with a wrong signature is rejected with 401", async () => {
    expect(
      await readProblem(() => webhook({ secret: "whsec_d3Jvbmd3cm9uZ3dyb25nd3Jvbmd3cm9uZw==" })),
    ).toMatchObject({ status: 401, code: "signature_invalid" });
  });

  it("a webhook without a signature is rejected with 401", async () => {
    expect(
      await readProblem(() => fetch(`${parley.url}/webhooks/webhook/main`, { method: "POST", body: "{}" })),
    ).toMatchObject({ status: 401, code: "signature_missing" });
    expect(
      await readProblem(() =>
        fetch(`${parley.url}/webhooks/twilio-sms/main`, { method: "POST", body: "a=b" }),
      ),
    ).toMatchObject({ status: 401, code: "signature_missing" });
  });

  it("a webhook with a timestamp too far in the past or future is rejected with 401", async () => {
    for (const timestamp of [now() - 302, now() + 302]) {
      expect(await readProblem(() => webhook({ timestamp }))).toMatchObject({
        status: 401,
        code: "timestamp_out_of_window",
      });
    }
  });

  it("a webhook with broken JSON is rejected with 422", async () => {
    expect(await readProblem(() => webhook({ body: '{"type":"message.received",' }))).toMatchObject({
      status: 422,
      errors: [{ field: "(body)", message: expect.stringContaining("is not JSON") }],
    });
  });

  it("a webhook with a body of 2 MB is rejected with 413", async () => {
    expect(await readProblem(() => webhook({ text: "x".repeat(2 * 1024 * 1024) }))).toMatchObject({
      status: 413,
      code: "body_too_large",
    });
  });

  it("a webhook for an unknown account or channel is rejected with 404, even if the name is not a valid account name", async () => {
    for (const path of [
      "webhook/nobody",
      "carrier-pigeon/main",
      "webhook/%00",
      `webhook/${"a".repeat(128)}`,
    ]) {
      expect(
        await readProblem(() => fetch(`${parley.url}/webhooks/${path}`, { method: "POST", body: "{}" })),
      ).toMatchObject({ status: 404, code: "unknown_account" });
    }
  });

  it("a webhook with empty text or without a contact is rejected with the name of the field", async () => {
    expect(await readProblem(() => webhook({ text: "  " }))).toMatchObject({
      status: 422,
      errors: [{ field: "data.text" }],
    });
    expect(
      await readProblem(() => webhook({ body: '{"type":"message.received","data":{"text":"hi"}}' })),
    ).toMatchObject({ status: 422, errors: [{ field: "data.from" }] });
  });

  it("a webhook at an unreadable path is rejected with a problem", async () => {
    for (const path of ["webhooks/webhook/%ZZ", `webhooks/webhook/${"a".repeat(200)}`]) {
      expect(
        await readProblem(() => fetch(`${parley.url}/${path}`, { method: "POST", body: "{}" })),
        path,
      ).toMatchObject({
        status: 400,
        code: "bad_request",
      });
    }
  });

  it("a request to an unknown path is rejected with 404", async () => {
    expect(await readProblem(() => fetch(`${parley.url}/nowhere`))).toMatchObject({
      status: 404,
      code: "not_found",
    });
  });
});

describe("an odd message that must not be lost", () => {
  it("a message with half a surrogate pair is stored with the replacement character", async () => {
    const { id, response } = await parley.sendWebhook({
      body: '{"type":"message.received","data":{"from":"lone","text":"return \\ud800 days?"}}',
    });
    expect(response.status).toBe(202);
    await awaitAnswered(id);
    expect(JSON.stringify(parley.openai.log.entries().at(-1)?.body)).toContain("return \uFFFD days?");
  });

  it("a message of the longest text is stored whole and answered from the text that fits the prompt", async () => {
    const question = "How many days until a refund?";
    const text = "blah ".repeat(LONGEST_TEXT / 5).slice(question.length) + question;
    const { id, response } = await parley.sendWebhook({ from: "long", text });
    expect(response.status).toBe(202);
    await awaitAnswered(id);
    const call = parley.openai.log.entries().findLast(({ path }) => path === "/v1/responses")?.body as {
      input: { content: string }[];
    };
    expect(call.input.at(-1)?.content).toMatch(/How many days until a refund\?$/);
    expect(call.input.at(-1)?.content.length).toBeLessThanOrEqual(text.length);
  });

  it("a webhook with a longer text is rejected with the limit of the field", async () => {
    const text = "a".repeat(LONGEST_TEXT + 1);
    const { response } = await parley.sendWebhook({ from: "too-long", text });
    expect(response.status).toBe(422);
    expect(await response.text()).toContain("16000");
  });

  it("an empty SMS gets the sentence that only text is read, without a model call", async () => {
    const from = "+15550100150";
    const calls = parley.openai.log.entries().length;
    const { sid, response } = await parley.sendSms({ from, text: "" });
    expect(response.status).toBe(200);
    await awaitAnswered(sid);
    expect(await parley.texts(from)).toMatchObject([
      { body: expect.stringContaining("I can only read text") as string },
    ]);
    expect(parley.openai.log.entries()).toHaveLength(calls);
  });

  it("a message with NUL bytes, quotes and markup reaches the model unchanged", async () => {
    const text = `a\u0000b '"; DROP TABLE inbox; -- <script>alert(1)</script> \u{1F469}\u200D\u{1F680}`;
    const { id } = await parley.sendWebhook({ from: "odd", text });
    await awaitAnswered(id);
    const call = parley.openai.log.entries().findLast(({ path }) => path === "/v1/responses")?.body as {
      input: { content: string }[];
    };
    expect(call.input.at(-1)?.content).toBe(text);
  });

  it("a status callback of Twilio is acknowledged and is no message", async () => {
    const before = await countStored();
    const { response } = await parley.sendSms({
      from: "+15550100151",
      text: "x",
      fields: { SmsStatus: "delivered", MessageStatus: "delivered" },
    });
    expect(response.status).toBe(200);
    expect(await countStored()).toBe(before);
  });
});

describe("the ingress", () => {
  it("the ingress serves its OpenAPI 3.1 description and the state of its services", async () => {
    const openapi = (await (await fetch(`${parley.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: object;
    };
    expect(openapi.openapi).toBe("3.1.0");
    expect(Object.keys(openapi.paths)).toContain("/webhooks/{channel}/{account}");
    expect(await (await fetch(`${parley.url}/livez`)).json()).toEqual({ status: "ok" });
    const readiness = await eventually("workers on all queues", async () => {
      const body = (await (await fetch(`${parley.url}/readyz`)).json()) as { status: string };
      return body.status === "ready" ? body : null;
    });
    expect(readiness).toEqual({
      status: "ready",
      checks: {
        postgres: "ok",
        temporal: "ok",
        redis: "ok",
        accounts: "ok",
        spool: "not_configured",
        workers: "ok",
      },
      accounts_unreadable: 0,
      workers: { main: 1, model: 1, delivery: 1, batch: 1 },
      alerts: [],
      faults: [],
      webhooks_refused: expect.any(Object) as unknown,
      spool: null,
    });
  });
});
