import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

const CHECK_EVERY_MS = 100;
/** The default timeout of a Kubernetes probe. */
const CHECK_WITHIN_MS = 1_000;

/** A load balancer: it checks the readiness of each ingress and forwards a request to a ready one. */
export async function openBalancer(port: number, backends: readonly string[]) {
  const ready = new Set<string>();
  let turn = 0;
  /** Requests to an ingress that passed its last readiness check and refused the connection. */
  let refused = 0;

  async function look(backend: string): Promise<void> {
    const signal = AbortSignal.timeout(CHECK_WITHIN_MS);
    const isReady = await fetch(`${backend}/readyz`, { signal, headers: { connection: "close" } }).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) ready.add(backend);
    else ready.delete(backend);
  }

  function forward(incoming: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const open = [...ready];
    const backend = open[turn++ % Math.max(open.length, 1)];
    if (backend === undefined) return void response.writeHead(503).end();
    const { method, url, headers } = incoming;
    // One connection per request, so that none stays open to a server that is about to end.
    const outgoing = request(backend + url, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    outgoing.on("error", () => {
      refused++;
      if (!response.headersSent) response.writeHead(502).end();
    });
    outgoing.end(body);
  }

  const server = createServer((incoming, response) => {
    buffer(incoming).then(
      (body) => forward(incoming, body, response),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(port, "127.0.0.1", resolve);
  });
  const looking = setInterval(() => void Promise.all(backends.map(look)), CHECK_EVERY_MS);
  return {
    refused: () => refused,
    readyCount: () => ready.size,
    close(): void {
      clearInterval(looking);
      server.closeAllConnections();
      server.close();
    },
  };
}

export type Balancer = Awaited<ReturnType<typeof openBalancer>>;
