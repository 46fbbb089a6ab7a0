import type { FaultProxy } from "./fault-proxy.ts";

/** The URL with the host and port of the proxy. */
export function urlThroughProxy(url: string, { port }: Pick<FaultProxy, "port">): string {
  const proxied = new URL(url);
  proxied.hostname = "127.0.0.1";
  proxied.port = String(port);
  return proxied.href;
}

export function upstreamOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
