import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { Agent, buildConnector } from "undici";
import { TIME_LIMITS_MS } from "../../../workflows/time-limits.ts";
import { EgressRefused } from "./egress-refused.ts";
import { createTunnelConnector, NotConnected } from "./proxy-tunnel.ts";
import { isPublicAddress } from "./public-address.ts";

export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/**
 * The connections of the egress guard. `open` connects to any address, `guarded` to addresses of the public internet. A tunnel goes through
 * a proxy: one agent for each proxy and for each of the two ways to name the target to it.
 */
export function createEgressAgents(resolve: Resolve) {
  const open = createAgent(createLookup(resolve, () => true));
  const guarded = createAgent(createLookup(resolve, isPublicAddress));
  const tunnels = new Map<string, { agent: Agent; close(): Promise<void> }>();
  return {
    open,
    guarded,
    findTunnel(proxy: URL, isNamed: boolean): Agent {
      const key = `${isNamed} ${proxy.href}`;
      const known =
        tunnels.get(key) ?? openTunnel(proxy, isNamed ? async (name) => [name] : findPublic(resolve));
      tunnels.set(key, known);
      return known.agent;
    },
    async close(): Promise<void> {
      await Promise.all([open, guarded, ...tunnels.values()].map(async (agent) => await agent.close()));
    },
  };
}

function openTunnel(proxy: URL, findHosts: (hostname: string) => Promise<string[]>) {
  const tunnel = createTunnelConnector({ proxy, findHosts, timeoutMs: TIME_LIMITS_MS.connect });
  const agent = createConnectingAgent(tunnel.connect);
  return {
    agent,
    close: async () => {
      await agent.close();
      await tunnel.close();
    },
  };
}

/** The checks of `createLookup` before a tunnel. A literal address was checked with the URL. */
function findPublic(resolve: Resolve): (hostname: string) => Promise<string[]> {
  return async (hostname) =>
    isIP(hostname) === 0
      ? (await resolveAllowed(resolve, isPublicAddress, hostname)).map(({ address }) => address)
      : [hostname];
}

function createAgent(lookup: LookupFunction): Agent {
  return createConnectingAgent(buildConnector({ lookup, timeout: TIME_LIMITS_MS.connect }));
}

function createConnectingAgent(connect: buildConnector.connector): Agent {
  return new Agent({
    connect(options, done) {
      connect(options, (...[error, socket]) =>
        error === null ? done(null, socket) : done(new NotConnected("not connected", { cause: error }), null),
      );
    },
    maxResponseSize: -1,
    headersTimeout: TIME_LIMITS_MS.send,
    bodyTimeout: 5_000,
  });
}

/** A lookup for `net.connect` that returns only allowed addresses. One forbidden address makes it refuse the name. */
function createLookup(resolve: Resolve, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, done) => {
    resolveAllowed(resolve, isAllowed, hostname).then(
      (addresses) => {
        const [first] = addresses;
        return options.all === true
          ? done(null, addresses)
          : done(null, first?.address ?? "", first?.family ?? 4);
      },
      (error: NodeJS.ErrnoException) => done(error, "", 0),
    );
  };
}

export async function resolveAllowed(
  resolve: Resolve,
  isAllowed: (address: string) => boolean,
  hostname: string,
): Promise<LookupAddress[]> {
  const addresses = await resolve(hostname);
  if (addresses.length === 0 || addresses.some(({ address }) => !isAllowed(address)))
    throw new EgressRefused("name_not_public");
  return addresses;
}

export function resolveAll(hostname: string): Promise<LookupAddress[]> {
  return new Promise((done, fail) => {
    dnsLookup(hostname, { all: true }, (error, addresses) =>
      error === null ? done(addresses) : fail(error),
    );
  });
}
