import type { Socket } from "node:net";
import { buildConnector, Pool } from "undici";

/** The name, the connection, the proxy or TLS failed, so the request was not executed. */
export class NotConnected extends Error {}

/** The proxy responded to CONNECT, and not with 200: it refuses the host, or needs other credentials. */
class ProxyRefused extends Error {
  readonly code: string;
  constructor(status: number) {
    super(`The proxy responded with ${status}.`);
    this.code = `PROXY_${status}`;
  }
}

export interface TunnelOptions {
  proxy: URL;
  /** The hosts to ask the proxy for, in their order: the name itself, or the addresses that were checked. */
  findHosts(hostname: string): Promise<readonly string[]>;
  /** For a connection to the proxy, the response to CONNECT, and TLS. */
  timeoutMs: number;
}

type Connector = ReturnType<typeof buildConnector>;

/** Opens connections through CONNECT of a proxy. TLS is between this process and the target, whose certificate has to be for its name. */
export function createTunnelConnector({ proxy, findHosts, timeoutMs }: TunnelOptions) {
  const pool = new Pool(proxy.origin, { connect: { timeout: timeoutMs } });
  const startTls = buildConnector({ timeout: timeoutMs });
  const openTunnel = async (hostname: string, port: string) => {
    const hosts = await findHosts(hostname);
    for (const [index, host] of hosts.entries()) {
      try {
        return await requestTunnel(`${host.includes(":") ? `[${host}]` : host}:${port}`);
      } catch (error) {
        if (index === hosts.length - 1) throw error;
      }
    }
    throw new Error("There is no host for the tunnel.");
  };

  async function requestTunnel(target: string): Promise<Socket> {
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { host: target, ...createCredentials(proxy) };
    const { statusCode, socket } = await pool.connect({ path: target, headers, signal });
    if (statusCode === 200) return socket as Socket;
    // Without a listener, an error of the socket would end the process.
    socket.on("error", () => undefined).destroy();
    throw new ProxyRefused(statusCode);
  }

  const connect: Connector = (options, done) => {
    const port = options.port || (options.protocol === "https:" ? "443" : "80");
    openTunnel(options.hostname.replace(/^\[|\]$/g, ""), port).then(
      (socket) => {
        if (options.protocol === "https:") startTls({ ...options, httpSocket: socket }, done);
        else done(null, socket);
      },
      (error: unknown) => done(error as Error, null),
    );
  };
  return { connect, close: async () => await pool.close() };
}

function createCredentials({ username, password }: URL): Record<string, string> {
  if (username === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}
