import { decodePart, type Parsed, reject } from "./parse-result.ts";

export interface ServerHost {
  /** A name, an address without brackets, or the folder of a Unix socket, which begins with a slash. */
  host: string;
  port: number;
}

const HOST_RULE =
  "must name a host, several separated by commas, or the folder of a Unix socket in the parameter host";
const PORT_RULE = "must have a port from 1 to 65535 after each colon, and as many ports as hosts";

/** `ports` is the parameter `port` of libpq: one for all hosts, or one for each. */
export function parseHosts(
  list: string,
  { defaultPort, ports }: { defaultPort: number; ports: string | null },
): Parsed<ServerHost[]> {
  const items = list.split(",");
  const others = ports === null ? [] : ports.split(",");
  if (others.length > 1 && others.length !== items.length) return reject(PORT_RULE);
  const hosts: ServerHost[] = [];
  for (const [index, item] of items.entries()) {
    const [isHost, bracketed, plain, ownPort] =
      /^(?:\[([\da-f:.]+)\]|([\w.%/@-]+))(?::(\d*))?$/i.exec(item) ?? [];
    const host = decodePart(bracketed ?? plain ?? "");
    if (isHost === undefined || !isHostName(host)) return reject(HOST_RULE);
    const port = Number(ownPort ?? others[others.length === 1 ? 0 : index] ?? defaultPort);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) return reject(PORT_RULE);
    hosts.push({ host, port });
  }
  return { ok: true, value: hosts };
}

export function isSocket({ host }: ServerHost): boolean {
  return host.startsWith("/");
}

function isHostName(host: string | undefined): host is string {
  return host !== undefined && (host.startsWith("/") ? host.length > 1 : /^[\w.:-]+$/.test(host));
}
