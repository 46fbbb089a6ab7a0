import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";

/** Far more than cells, so that a move of one bucket moves little load. */
const BUCKETS = 256;
/** Longer than an ingress takes, and shorter than a vendor waits. */
const TIMEOUT_MS = 5_000;
const UNAVAILABLE = 503;

/**
 * The router of docs/scaling.md for a tenant that is larger than a cell. It forwards each signed webhook unchanged to the cell of its
 * contact, and has no state but the table from buckets to cells. While a cell does not respond, its messages get 503, so the caller
 * repeats them; no other cell sees them.
 */
export async function openRouter() {
  let table: readonly number[] = [];
  let pools: readonly Pool[] = [];
  const refused: number[] = [];
  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    const cell = table[bucketOf(contactOf(body))] ?? 0;
    const status = await pools[cell]
      ?.request({
        method: "POST",
        path: request.url ?? "/",
        headers: signedHeaders(request),
        body,
        headersTimeout: TIMEOUT_MS,
      })
      .then(
        async (answer) => {
          await answer.body.dump();
          return answer.statusCode;
        },
        // Not logged: the response says it, and the count of refused messages is part of the report.
        () => UNAVAILABLE,
      );
    if (status === UNAVAILABLE) refused[cell] = (refused[cell] ?? 0) + 1;
    response.writeHead(status ?? UNAVAILABLE).end();
  };
  const server = createServer((request, response) => void forward(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Gives each cell the same share of the buckets. */
    setCells(urls: readonly string[]): void {
      pools = urls.map((url) => new Pool(url, { connections: null }));
      table = Array.from({ length: BUCKETS }, (_, bucket) => bucket % urls.length);
    },
    cellOf: (contact: string): number => table[bucketOf(contact)] ?? 0,
    /** The requests that got 503, by cell. */
    refusedBy: (cell: number): number => refused[cell] ?? 0,
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      for (const pool of pools) await pool.destroy();
    },
  };
}

export type Router = Awaited<ReturnType<typeof openRouter>>;

/** The same for every router, without a store. */
function bucketOf(contact: string): number {
  return createHash("sha256").update(contact).digest().readUInt16BE(0) % BUCKETS;
}

/** The signature is checked by the cell, so the body is only read for the address. */
function contactOf(body: Buffer): string {
  const { data } = JSON.parse(body.toString()) as { data: { from: string } };
  return data.from;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function signedHeaders({ headers }: IncomingMessage): Record<string, string> {
  const kept = Object.entries(headers).filter(
    ([name]) => name === "content-type" || name.startsWith("webhook-"),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
