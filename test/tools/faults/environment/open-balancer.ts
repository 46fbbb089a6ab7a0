import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

const LOOK_EVERY_MS = 100;
/** As Kubernetes waits by default. */
const LOOK_WITHIN_MS = 1_000;

/** What stands before several ingresses: it asks each whether it is ready, and gives a request to one that is. */
export async function openBalancer(port: number, backends: readonly string[]) {
  const ready = new Set<string>();
  let turn = 0;
  /** Requests that reached an ingress which had called itself ready a moment ago and took no connection. */
  let refused = 0;

  async function look(backend: string): Promise<void> {
    const signal = AbortSignal.timeout(LOOK_WITHIN_MS);
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
    // A connection for each request, so that none is kept to a server that is about to end.
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
  const looking = setInterval(() => void Promise.all(backends.map(look)), LOOK_EVERY_MS);
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
