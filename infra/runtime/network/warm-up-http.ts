import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { request } from "undici";

/**
 * Compiles the parsers of both HTTP clients with one call each to this process. Otherwise the first message pays for it: the event loop
 * is blocked for 20 ms, and much longer on a busy machine.
 */
export async function warmUpHttp(): Promise<void> {
  const server = createServer((_request, response) => response.end("{}"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  try {
    // `fetch` is Node's own copy of undici: the clients of models and Pinecone use it. Channels and webhooks use the package.
    await (await fetch(url)).json();
    await (await request(url)).body.json();
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
