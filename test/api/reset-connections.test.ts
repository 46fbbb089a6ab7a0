import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { freePort } from "../../infra/sandbox/ports.ts";
import { createWebhookSink } from "../../infra/sandbox/fakes/webhook-sink/webhook-sink.ts";
import { startCodecServer } from "../../infra/runtime/temporal/codec-server.ts";
import { eventually } from "../support/eventually.ts";
import { openStorelessApi } from "./open-storeless-api.ts";

const HOOK = "POST /webhooks/webhook/main HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
const BODY = `${HOOK}Content-Length: 100\r\n\r\n`;
/** What a caller has sent when it resets its connection. */
const STAGES: Readonly<Record<string, string>> = {
  nothing: "",
  "half a head": "GET /livez HTTP/1.1\r\nHo",
  "half a body": `${BODY}{"type":`,
  "half a chunk": `${HOOK}Transfer-Encoding: chunked\r\n\r\n64\r\n{"type"`,
  "a head that expects 100": `${HOOK}Content-Length: 100\r\nExpect: 100-continue\r\n\r\n`,
  "a head with an odd expectation": `${HOOK}Content-Length: 100\r\nExpect: odd\r\n\r\n`,
  "a request": "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
  "a large response": "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(5),
  "a request and half of another": "GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /li",
  "a request and no HTTP": "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n\0\0\r\n\r\n",
  "no HTTP": "\0\r\n\r\n",
  "no HTTP twice": `\0\r\n\r\n${"\0".repeat(70_000)}`,
  "a head that is too large": `GET /livez HTTP/1.1\r\nX: ${"a".repeat(40_000)}`,
  "two lengths": `${HOOK}Content-Length: 2\r\nContent-Length: 3\r\n\r\n`,
  CONNECT: "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
  "CONNECT and a tunnel": `CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n${"\0".repeat(70_000)}`,
  "CONNECT without a host": "CONNECT x:1 HTTP/1.1\r\n\r\n",
  "a request and CONNECT":
    "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\nCONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
  "an upgrade": "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  "an upgrade to HTTP/2":
    "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
  "the beginning of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
};

/** When a caller resets. */
const RESET_TIMES: Readonly<Record<string, (socket: Socket) => Promise<unknown> | void>> = {
  "at once": () => undefined,
  "within the next pass of the server": () => new Promise(setImmediate),
  "after the first bytes of the response": (socket) =>
    Promise.race([firstBytes(socket), awaitClose(socket), waitBriefly()]),
  "after the half of the connection": (socket) => {
    socket.end();
    return Promise.race([firstBytes(socket), awaitClose(socket), waitBriefly()]);
  },
};

/** Only for servers that say nothing at this stage. */
const waitBriefly = () => new Promise((resolve) => setTimeout(resolve, 30));
const firstBytes = (socket: Socket) => new Promise((resolve) => socket.once("data", resolve));
const awaitClose = (socket: Socket) => new Promise((resolve) => socket.once("close", resolve));

let api: Awaited<ReturnType<typeof openStorelessApi>>;
const errors: unknown[] = [];
const note = (error: unknown) => void errors.push(error);
beforeAll(async () => {
  process.on("uncaughtException", note);
  api = await openStorelessApi();
});
beforeEach(() => void errors.splice(0));
afterAll(async () => {
  await api.close();
  process.off("uncaughtException", note);
});

async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

async function resetAtEachStage(port: number): Promise<void> {
  for (const bytes of Object.values(STAGES))
    await Promise.all(
      Object.values(RESET_TIMES).map(async (awaitReset) => {
        const socket = await openSocket(port);
        if (bytes !== "") await new Promise((resolve) => socket.write(bytes, resolve));
        await awaitReset(socket);
        if (!socket.destroyed) socket.resetAndDestroy();
      }),
    );
  const response = await fetch(`http://127.0.0.1:${port}/livez`);
  expect(response.status).toBeLessThan(500);
}

it("the ingress lives on when callers reset their connections at any stage of a request", async () => {
  await resetAtEachStage(api.port);
  expect(errors).toEqual([]);
  expect(api.lines.filter((line) => line.includes('"error"'))).toEqual([]);
  await awaitNoConnection();
}, 20_000);

it("the codec server and a fake live on when callers reset their connections at any stage of a request", async () => {
  const port = await freePort();
  const keys = [{ id: "k", key: Buffer.alloc(32) }];
  const codec = await startCodecServer({ port, token: "a-token-of-twenty-characters", keys });
  const fake = createWebhookSink({ secrets: [] });
  await resetAtEachStage(port);
  await resetAtEachStage(Number(new URL(await fake.listen(0)).port));
  await codec.stop();
  await fake.close();
  expect(errors).toEqual([]);
}, 20_000);

it("a caller gets the whole response, and the ingress ends the connection also when the caller does not", async () => {
  const stages = ["CONNECT", "CONNECT and a tunnel", "no HTTP", "two lengths", "a head that is too large"];
  const callers = await Promise.all(
    stages.map(async (stage) => {
      const socket = await openSocket(api.port);
      const chunks: Buffer[] = [];
      socket.on("data", (chunk) => chunks.push(chunk));
      socket.write(STAGES[stage] ?? "");
      return { stage, socket, chunks };
    }),
  );
  await awaitNoConnection();
  for (const { stage, socket, chunks } of callers) {
    expect(Buffer.concat(chunks).toString(), stage).toMatch(/^HTTP\/1.1 4\d\d .*"request_id".*\}$/s);
    socket.destroy();
  }
}, 20_000);

/** The connection of `fetch` has no request either. */
async function awaitNoConnection(): Promise<void> {
  api.app.server.closeIdleConnections();
  const count = promisify(api.app.server.getConnections.bind(api.app.server));
  await eventually("the end of all connections", async () => (await count()) === 0, 10_000);
}
