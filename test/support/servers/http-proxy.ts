import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface HttpProxy {
  url: string;
  /** "CONNECT host:port" or "GET http://host/path", in the order of arrival. */
  requests: string[];
  credentials: (string | undefined)[];
}

export interface HttpProxyOptions {
  /** The port of this machine to which each request goes, whatever its host. */
  port: number;
  /** The status with which the proxy responds to CONNECT for a host. Default: 200. */
  decide?: (host: string) => number;
}

/** A forward proxy that connects every host to one port of this machine, as if it resolved the name to it. */
export async function openHttpProxy({ port, decide = () => 200 }: HttpProxyOptions): Promise<HttpProxy> {
  const requests: string[] = [];
  const credentials: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const note = ({ method = "", url = "", headers }: IncomingMessage) => {
    requests.push(`${method} ${url}`);
    credentials.push(headers["proxy-authorization"]);
  };
  const server = createServer((incoming, response) => {
    note(incoming);
    const { method, headers, url = "" } = incoming;
    const { pathname, search } = new URL(url);
    const onward = request(
      { port, host: "127.0.0.1", path: pathname + search, method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.destroy());
    incoming.pipe(onward);
  });
  server.on("connect", (incoming, socket: Socket) => {
    note(incoming);
    const status = decide(incoming.url ?? "");
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} Refused\r\n\r\n`);
    const onward = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const each of [onward, socket]) each.on("error", () => each.destroy());
    sockets.add(socket).add(onward);
    return undefined;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  // `address()` is a string only for a pipe.
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, requests, credentials };
}
