import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { signStandardWebhook } from "../../infra/runtime/signatures/standard-webhooks.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";

/** Long enough for the requests of a test. */
const UNREADY_MS = 1_500;

let parley: Installation;
let closed: Promise<void> | null;
beforeEach(async () => {
  closed = null;
  parley = await openInstallation({ worker: false, env: { SHUTDOWN_UNREADY_MS: String(UNREADY_MS) } });
});
afterEach(() => closed ?? parley.close());

it("an ingress that stops is not ready at once and still accepts one request per connection", async () => {
  closed = parley.close();
  const readiness = await fetch(`${parley.url}/readyz`);
  expect(readiness.status).toBe(503);
  expect(await readiness.json()).toMatchObject({ status: "draining" });
  const { response } = await parley.sendWebhook({ from: "late", text: "Is anybody there?" });
  expect(response.status).toBe(202);
  expect(response.headers.get("connection")).toBe("close");
});

it("a message on a connection that was open before the ingress closed is taken", async () => {
  const socket = await openSocket(new URL(parley.url));
  closed = parley.close();
  await new Promise((resolve) => setTimeout(resolve, UNREADY_MS + 200));
  socket.write(webhookRequest("on-an-open-connection"));
  expect(await firstLine(socket)).toBe("HTTP/1.1 202 Accepted");
});

it("connections that send no request, or half of one, do not delay the end of the ingress", async () => {
  const sockets = [await openSocket(new URL(parley.url)), await openSocket(new URL(parley.url))];
  sockets[1]?.write("GET /livez HTTP/1.1\r\n");
  closed = parley.close();
  await Promise.all([closed, ...sockets.map((socket) => once(socket.resume(), "close"))]);
});

async function openSocket({ hostname, port }: URL): Promise<Socket> {
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

async function firstLine(socket: Socket): Promise<string> {
  const text = await new Promise<string>((resolve, reject) => {
    socket.once("data", (bytes) => resolve(bytes.toString()));
    socket.once("close", () => reject(new Error("closed without a response")));
  });
  return text.split("\r\n")[0] ?? "";
}

function webhookRequest(id: string): string {
  const timestamp = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({ type: "message.received", data: { from: id, text: "Hello" } });
  const secrets = [parley.config.WEBHOOK_SECRET ?? ""];
  const lines = [
    "POST /webhooks/webhook/main HTTP/1.1",
    `host: ${new URL(parley.url).host}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    `webhook-id: ${id}`,
    `webhook-timestamp: ${timestamp}`,
    `webhook-signature: ${signStandardWebhook({ id, timestamp, body, secrets })}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
