import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Random } from "../random.ts";
import type { OpenProtocolReader } from "./protocols/protocol-reader.ts";
import { type Link, openLink } from "./link.ts";
import type { FiredFault, Toxic } from "./toxic.ts";

export interface FaultProxyOptions {
  upstream: { host: string; port: number };
  /** Which protocol it reads along. */
  protocol: OpenProtocolReader;
  random: Random;
}

export interface FaultProxy {
  port: number;
  /** Takes the place of all toxics; connections that stand meet them as well. */
  inject(toxics: readonly Toxic[]): Promise<void>;
  /** No toxic any more. A connection that was left hanging is cut. */
  heal(): Promise<void>;
  /** Each request that was hit, in order; other kinds are only counted. */
  lostResponses: readonly FiredFault[];
  /** How often each kind fired; a lost answer by its label too: `lose_response commit`. */
  counts(): Record<string, number>;
  /** How many requests have passed on the way to the server. */
  countRequests(): number;
  close(): Promise<void>;
}

/** Stands on the way to a server of this machine: what callers ask reaches it, and what it answers comes back, or not. */
export async function openFaultProxy({ upstream, protocol, random }: FaultProxyOptions): Promise<FaultProxy> {
  const links = new Set<Link>();
  const lost: FiredFault[] = [];
  const fired = new Map<string, number>();
  let toxics: readonly Toxic[] = [];
  let asked = 0;
  const onFired = (fault: FiredFault) => {
    const what = fault.label === null ? fault.kind : `${fault.kind} ${fault.label}`;
    fired.set(what, (fired.get(what) ?? 0) + 1);
    if (fault.label !== null) lost.push(fault);
  };

  const accept = (client: Socket): void => {
    const server = connect({ ...upstream, noDelay: true });
    client.setNoDelay(true);
    for (const socket of [client, server]) socket.on("error", () => undefined);
    const ends = { client, upstream: server, protocol: protocol() };
    const onRequests = (requests: number) => (asked += requests);
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
  const inject = async (wanted: readonly Toxic[]) => {
    toxics = wanted;
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
    countRequests: () => asked,
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
