import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStorelessApi } from "./open-storeless-api.ts";

let server: Awaited<ReturnType<typeof openStorelessApi>>;
beforeAll(async () => {
  server = await openStorelessApi();
});
afterAll(() => server.close());

/** The whole response to these bytes. The caller ends its half of the connection. */
async function send(bytes: string | Buffer, { ends = false } = {}): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => undefined);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  if (ends) socket.end(bytes);
  else socket.write(bytes);
  await new Promise((resolve) => socket.once("close", resolve));
  return Buffer.concat(chunks).toString("utf8");
}

const KEY = `Authorization: Bearer parley_${"A".repeat(43)}`;
const JSON_TYPE = "Content-Type: application/json";
const HOOK = "/webhooks/webhook/main";

function request(line: string, headers: string[] = [], body: string | Buffer = ""): Buffer {
  const length = body.length === 0 ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const head = [`${line} HTTP/1.1`, "Host: parley.test", "Connection: close", ...headers, ...length];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), Buffer.from(body)]);
}
const raw = (...head: string[]) => Buffer.from(`${head.join("\r\n")}\r\n\r\n`);

const CASES: Readonly<Record<string, [status: number, bytes: Buffer]>> = {
  "a webhook that is not JSON": [401, request(`POST ${HOOK}`, [JSON_TYPE], "{")],
  "a webhook without a type": [401, request(`POST ${HOOK}`, [], "{}")],
  "a webhook of an odd type": [415, request(`POST ${HOOK}`, ["Content-Type: ;;;"], "{}")],
  "a webhook that is too large": [413, request(`POST ${HOOK}`, [JSON_TYPE], "x".repeat(2_000))],
  "a webhook with an odd expectation": [401, request(`POST ${HOOK}`, [JSON_TYPE, "Expect: odd"], "{}")],
  "a webhook in pieces that is too large": [
    413,
    Buffer.from(
      `POST ${HOOK} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n${"x".repeat(2_000)}\r\n0\r\n\r\n`,
    ),
  ],
  "PUT to a webhook": [405, request(`PUT ${HOOK}`, [JSON_TYPE], "{}")],
  "OPTIONS of a webhook": [405, request(`OPTIONS ${HOOK}`)],
  "TRACE of a webhook": [405, request(`TRACE ${HOOK}`)],
  "POST to a check": [405, request("POST /livez", [JSON_TYPE], "{}")],
  "DELETE of the chat page": [405, request("DELETE /chat")],
  CONNECT: [405, request("CONNECT other.test:80")],
  "an unknown method": [400, request(`BREW ${HOOK}`)],
  "a percent sign alone": [400, request("POST /webhooks/webhook/%")],
  "a path that is not UTF-8": [400, request("POST /webhooks/webhook/%ff%fe")],
  "a part of a path that is too long": [400, request(`POST /webhooks/webhook/${"a".repeat(500)}`)],
  "a long path": [404, request(`GET /${"a".repeat(9_000)}`)],
  "headers that are too large": [431, request("GET /livez", [`X: ${"a".repeat(20_000)}`])],
  "no Host header": [400, raw("GET /livez HTTP/1.1", "Connection: close")],
  "the beginning of HTTP/2": [400, raw("PRI * HTTP/2.0", "", "SM")],
  "the beginning of TLS": [400, Buffer.from([0x16, 3, 1, 2, 0, 1])],
  "a header without a colon": [400, request("GET /livez", ["no colon"])],
  "two lengths": [400, raw(`POST ${HOOK} HTTP/1.1`, "Host: x", "Content-Length: 2", "Content-Length: 3")],
  "a length and pieces": [
    400,
    raw(`POST ${HOOK} HTTP/1.1`, "Host: x", "Content-Length: 2", "Transfer-Encoding: chunked"),
  ],
  "a length below 0": [400, raw(`POST ${HOOK} HTTP/1.1`, "Host: x", "Content-Length: -1")],
  "a call that is not JSON": [400, request("POST /v1/keys", [KEY, JSON_TYPE], "{")],
  "a call that is not UTF-8": [
    400,
    request("POST /v1/keys", [KEY, JSON_TYPE], Buffer.from('{"name":"\xff"}', "latin1")),
  ],
  "a call that names a prototype": [400, request("POST /v1/keys", [KEY, JSON_TYPE], '{"__proto__":{}}')],
  "a call of another type": [415, request("POST /v1/keys", [KEY, "Content-Type: text/plain"], "{}")],
  "a call without a type": [415, request("POST /v1/keys", [KEY], "{}")],
  "a call that is too large": [413, request("POST /v1/keys", [KEY, JSON_TYPE], "x".repeat(2_000))],
  "a call without a body": [422, request("POST /v1/keys", [KEY, JSON_TYPE])],
  "a call that is a list": [422, request("POST /v1/keys", [KEY, JSON_TYPE], "[]")],
  "a deep call": [422, request("POST /v1/keys", [KEY, JSON_TYPE], `${"[".repeat(400)}${"]".repeat(400)}`)],
  "a call by an unknown method": [405, request("PUT /v1/keys", [KEY])],
  "a call of an unknown path": [404, request("GET /v1/nothing", [KEY])],
  "two values of one parameter": [422, request("GET /v1/keys?limit=1&limit=2", [KEY])],
  "two keys of a repetition": [
    422,
    request("POST /v1/keys", [KEY, JSON_TYPE, "Idempotency-Key: a", "Idempotency-Key: b"], "{}"),
  ],
  "a session that is not JSON": [400, request("POST /web/main/sessions", [JSON_TYPE], "{")],
};

it("every odd request gets one JSON problem with its status, without internals and without an error in the log", async () => {
  const wrong: string[] = [];
  for (const [name, [status, bytes]] of Object.entries(CASES)) {
    const response = await send(bytes);
    const [head = "", body = ""] = response.split("\r\n\r\n");
    const problem = body.startsWith("{") ? (JSON.parse(body) as Record<string, unknown>) : {};
    const isRight =
      head.startsWith(`HTTP/1.1 ${status} `) &&
      /content-type: application\/problem\+json/i.test(head) &&
      problem["status"] === status &&
      typeof problem["code"] === "string" &&
      typeof problem["request_id"] === "string" &&
      (status !== 405 || /allow: [A-Z, ]+/i.test(head)) &&
      response.length < 2_000 &&
      !/node_modules|\bat .*:\d+/.test(body);
    if (!isRight) wrong.push(`${name}: ${response.slice(0, 300)}`);
  }
  expect(wrong).toEqual([]);
  expect(server.lines.filter((line) => line.includes('"error"'))).toEqual([]);
});

it("a caller who ends the connection within a body is no error of the server", async () => {
  await send(raw(`POST ${HOOK} HTTP/1.1`, "Host: x", "Content-Length: 10"), { ends: true });
  expect(server.lines.filter((line) => line.includes('"error"'))).toEqual([]);
});

it("load balancers can ask with HEAD, and a body may begin with a byte order mark", async () => {
  expect(await send(request("HEAD /livez"))).toMatch(/^HTTP\/1.1 200 /);
  expect(await send(request("POST /v1/keys", [KEY, JSON_TYPE], "\ufeff{}"))).toMatch(/^HTTP\/1.1 422 /);
});
