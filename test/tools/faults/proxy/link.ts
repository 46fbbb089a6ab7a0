import type { Socket } from "node:net";
import type { Random } from "../random.ts";
import type { ProtocolReader, Exchange } from "./protocols/protocol-reader.ts";
import { createPacer } from "./pace.ts";
import type { FiredFault, LostResponse, Toxic, ToxicKind } from "./toxic.ts";

export interface LinkOptions {
  client: Socket;
  upstream: Socket;
  protocol: ProtocolReader;
  toxics(): readonly Toxic[];
  random: Random;
  onFired(fault: FiredFault): void;
  /** Requests that have left in full. */
  onRequests(requests: number): void;
}

/*
 * One connection through the proxy:
 *
 *   open -> losing          a request was hit: from here nothing more goes back to the client
 *           losing -> cut       the client is cut off; the server may still finish what it was asked
 *           losing -> hanging   the client waits for nothing, until it gives up or the fault is healed
 *
 * The answers of other requests on the connection are lost with it, as they would be on a real line.
 */
type State = "open" | "losing" | "cut" | "hanging";

/** How long the server may still answer a caller that is gone: cut off at once, some would give up what they were asked. */
const LINGER_MS = 2_000;

export function openLink({ client, upstream, protocol, toxics, random, onFired, onRequests }: LinkOptions) {
  const ended = new AbortController();
  const judged = new WeakSet<Exchange>();
  let state: State = "open";
  let victim: { exchange: Exchange; toxic: LostResponse } | null = null;

  const end = (how: "close" | "reset" = "close") => {
    ended.abort();
    if (how === "reset") client.resetAndDestroy();
    client.destroy();
    upstream.destroy();
  };
  const count = (kind: ToxicKind, hit: typeof victim = null) =>
    onFired({
      kind,
      at: Date.now(),
      label: hit?.exchange.label ?? null,
      request: hit?.exchange.request ?? null,
      connectionLeft: hit?.toxic.connectionLeft ?? null,
    });
  const pass = createPacer({ toxics, random, onFired: count, end, ended: ended.signal });

  /** Throws the dice for a request; the one that they hit is the last on this connection. */
  function rollToxics(exchange: Exchange, when: LostResponse["when"]): void {
    for (const toxic of toxics()) {
      if (state !== "open" || toxic.kind !== "lose_response" || toxic.when !== when) continue;
      if (toxic.only?.(exchange.label) === false || !random.chance(toxic.probability)) continue;
      victim = { exchange, toxic };
      state = "losing";
    }
  }

  /** The server has all that it needs, and the client learns nothing more. */
  function loseResponse(): void {
    count("lose_response", victim);
    state = victim?.toxic.connectionLeft === "hanging" ? "hanging" : "cut";
    if (state === "hanging") return;
    client.destroy();
    setTimeout(end, LINGER_MS).unref();
  }

  async function forwardRequests(): Promise<void> {
    for await (const chunk of client as AsyncIterable<Buffer>) {
      if (state !== "open") continue;
      const exchanges = protocol.readRequests(chunk);
      await pass(chunk, upstream, "up");
      onRequests(exchanges.length);
      for (const exchange of exchanges) rollToxics(exchange, "forwarded");
      if (victim?.toxic.when === "forwarded") loseResponse();
    }
  }

  async function forwardResponses(): Promise<void> {
    for await (const chunk of upstream as AsyncIterable<Buffer>)
      for (const piece of protocol.readResponses(chunk)) await forwardChunk(piece);
  }

  async function forwardChunk({
    bytes,
    exchange,
    ends,
  }: ReturnType<ProtocolReader["readResponses"]>[number]): Promise<void> {
    if (exchange !== null && !judged.has(exchange)) {
      judged.add(exchange);
      rollToxics(exchange, "answered");
    }
    if (state === "open") return await pass(bytes, client, "down");
    if (!ends || exchange !== victim?.exchange) return;
    if (state === "losing") loseResponse();
    // Orderly, so that the server's last words do not meet a reset.
    if (state === "cut") upstream.end();
  }

  // A caller who goes away ends it all, unless it was cut off; a server that does leaves a hanging caller hanging.
  const onClientClosed = () => {
    if (state !== "cut") end();
  };
  const onServerClosed = () => {
    if (state === "open") client.end();
    else if (state !== "hanging") end();
  };
  forwardRequests().then(onClientClosed, onClientClosed);
  forwardResponses().then(onServerClosed, onServerClosed);

  const closed = Promise.all(
    [client, upstream].map((socket) => new Promise((done) => socket.once("close", done))),
  );
  return { end, isHanging: () => state === "hanging", closed };
}

export type Link = ReturnType<typeof openLink>;
