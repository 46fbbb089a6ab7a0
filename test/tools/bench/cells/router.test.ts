import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createWebhookRequest } from "../load/webhook-request.ts";
import { openRouter, type Router } from "./router.ts";

const SECRET = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
const CONTACTS = Array.from({ length: 40 }, (_, n) => `contact-${n}`);
let cells: Cell[];
let router: Router;

interface Cell {
  server: Server;
  url: string;
  bodies: string[];
  signatures: string[];
}

async function openCell(): Promise<Cell> {
  const [bodies, signatures]: [string[], string[]] = [[], []];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      bodies.push(body);
      signatures.push(String(request.headers["webhook-signature"]));
      response.writeHead(202).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, signatures };
}

function closeCell({ server }: Cell): void {
  server.closeAllConnections();
  server.close();
}

async function send(from: string) {
  const ingress = { PUBLIC_BASE_URL: router.url, WEBHOOK_SECRET: SECRET };
  const { load } = createWebhookRequest(ingress, { from, text: "Hello" });
  const { method, headers, body, path } = load;
  const init = { method, headers, ...(body === null ? {} : { body: new Uint8Array(body) }) };
  const response = await fetch(router.url + path, init);
  return { status: response.status, body: String(body), signature: headers["webhook-signature"] };
}

beforeEach(async () => {
  cells = [await openCell(), await openCell()];
  router = await openRouter();
  router.setCells(cells.map(({ url }) => url));
});
afterEach(async () => {
  await router.close();
  for (const cell of cells) closeCell(cell);
});

it("all messages of a contact reach one cell, unchanged and with their signature", async () => {
  for (const from of [...CONTACTS, ...CONTACTS]) {
    const { status, body, signature } = await send(from);
    expect(status).toBe(202);
    const cell = cells[router.cellOf(from)];
    expect([cell?.bodies.at(-1), cell?.signatures.at(-1)]).toEqual([body, signature]);
  }
  for (const { bodies } of cells) expect(bodies.length).toBeGreaterThan(CONTACTS.length / 2);
});

it("while a cell is down its messages are refused, and those of the other cell are not", async () => {
  const [first] = cells as [Cell, Cell];
  closeCell(first);
  for (const from of CONTACTS) expect((await send(from)).status).toBe(router.cellOf(from) === 0 ? 503 : 202);
  expect(router.refusedBy(0)).toBe(CONTACTS.filter((from) => router.cellOf(from) === 0).length);
  expect(router.refusedBy(1)).toBe(0);
});
