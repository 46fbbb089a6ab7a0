import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Random } from "../random.ts";
import type { OpenProtocolReader } from "./protocols/protocol-reader.ts";
import { type Link, openLink } from "./link.ts";
import type { FiredFault, Toxic } from "./toxic.ts";

export interface FaultProxyOptions {
  upstream: { host: string; port: number };
  /** Reads the protocol of the connections. */
  protocol: OpenProtocolReader;
  random: Random;
}

export interface FaultProxy {
  port: number;
  /** Replaces all toxics, for existing connections too. */
  inject(toxics: readonly Toxic[]): Promise<void>;
  /** Removes all toxics and cuts hanging connections. */
  heal(): Promise<void>;
  /** The requests that lost their response, in order; other kinds of faults are only counted. */
  lostResponses: readonly FiredFault[];
  /** How often each kind fired. Lost responses are counted by label: `lose_response commit`. */
  counts(): Record<string, number>;
  /** The number of requests that were forwarded to the server. */
  countRequests(): number;
  close(): Promise<void>;
}

/** A TCP proxy before a server of this machine. It forwards requests and responses, and applies the injected toxics. */
export async function openFaultProxy({ upstream, protocol, random }: FaultProxyOptions): Promise<FaultProxy> {
  const links = new Set<Link>();
  const lost: FiredFault[] = [];
  const fired = new Map<string, number>();
  let toxics: readonly Toxic[] = [];
  let requestCount = 0;
  const onFired = (fault: FiredFault) => {
    const key = fault.label === null ? fault.kind : `${fault.kind} ${fault.label}`;
    fired.set(key, (fired.get(key) ?? 0) + 1);
    if (fault.label !== null) lost.push(fault);
  };

  const accept = (client: Socket): void => {
    const server = connect({ ...upstream, noDelay: true });
    client.setNoDelay(true);
    for (const socket of [client, server]) socket.on("error", () => undefined);
    const ends = { client, upstream: server, protocol: protocol() };
    const onRequests = (requests: number) => (requestCount += requests);
    const link = openLink({ ...ends, toxics: () => toxics, random, onFired, onRequests });
    links.add(link);
    void link.closed.then(() => links.delete(link));
  };

  let listener: Server | null = await listen(0, accept);
  const { port } = listener.address() as AddressInfo;
  const closeLinks = async () => {
    const closed = listener === null ? null : once(listener, "close");
    listener?.close();
    listener = null;
    for (const link of links) link.end();
    await closed;
  };
  const inject = async (injected: readonly Toxic[]) => {
    toxics = injected;
    const isDown = toxics.some(({ kind }) => kind === "down");
    if (isDown && listener !== null) {
      onFired({ kind: "down", at: Date.now(), label: null, request: null, connectionLeft: null });
      await closeLinks();
    }
    if (!isDown) listener ??= await listen(port, accept);
  };

  return {
    port,
    lostResponses: lost,
    inject,
    counts: () => Object.fromEntries(fired),
    countRequests: () => requestCount,
    async heal() {
      await inject([]);
      for (const link of links) if (link.isHanging()) link.end();
    },
    close: closeLinks,
  };
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer(accept).listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
