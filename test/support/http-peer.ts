import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export interface PeerRequest {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

export interface HttpPeer {
  /** "127.0.0.1:port" */
  host: string;
  url: string;
  requests: PeerRequest[];
}

/** Opens an HTTP server that the end of the test closes. It keeps the requests and responds as the test says. */
export async function openHttpPeer(
  respond: (response: ServerResponse, request: PeerRequest) => void,
): Promise<HttpPeer> {
  const requests: PeerRequest[] = [];
  const receive = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = incoming;
    const request = { method, path: url, headers, body: await text(incoming) };
    requests.push(request);
    respond(response, request);
  };
  const server = createServer((incoming, response) => void receive(incoming, response));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // `address()` is a string only for a pipe.
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}`, requests };
}

/** Responds with this status immediately. */
export const respondWith =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(code, headers).end("done");
  };
