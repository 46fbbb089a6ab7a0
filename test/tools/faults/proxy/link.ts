import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
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
  /** Called with the number of complete requests that were forwarded. */
  onRequests(requests: number): void;
}

/*
 * One connection through the proxy:
 *
 *   open -> losing              a fault hits a request: the client receives no more bytes
 *           losing -> cut       the client is disconnected; the server may still finish the request
 *           losing -> hanging   the client waits until its own timeout, or until the fault is healed
 *
 * The responses to other requests on the connection are lost too, as on a real network.
 */
type State = "open" | "losing" | "cut" | "hanging";

/** How long the server keeps its connection after the client is disconnected: some servers cancel a request when its connection ends. */
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

  /** Decides by chance whether a fault hits this request; a connection has at most one such request. */
  function rollToxics(exchange: Exchange, when: LostResponse["when"]): void {
    for (const toxic of toxics()) {
      if (state !== "open" || toxic.kind !== "lose_response" || toxic.when !== when) continue;
      if (toxic.only?.(exchange.label) === false || !random.chance(toxic.probability)) continue;
      victim = { exchange, toxic };
      state = "losing";
    }
  }

  async function delayResponse(exchange: Exchange): Promise<void> {
    for (const toxic of toxics()) {
      if (toxic.kind !== "late_response" || toxic.only?.(exchange.label) === false) continue;
      if (!random.chance(toxic.probability)) continue;
      count("late_response");
      await sleep(toxic.delayMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  }

  /** Disconnects the client or leaves it waiting. The server has the whole request. */
  function loseResponse(): void {
    if (state !== "losing" || ended.signal.aborted) return;
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
      // Before the bytes leave: a fast response would reach the client before the connection is cut.
      for (const exchange of exchanges) rollToxics(exchange, "forwarded");
      await pass(chunk, upstream, "up");
      onRequests(exchanges.length);
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
      await delayResponse(exchange);
      rollToxics(exchange, "answered");
    }
    if (state === "open") return await pass(bytes, client, "down");
    if (!ends || exchange !== victim?.exchange) return;
    loseResponse();
    // A half-close: a reset could discard bytes that the server has not read.
    if (state === "cut") upstream.end();
  }

  // A client that disconnects ends the link, unless the proxy disconnected it. A server that disconnects leaves a hanging client hanging.
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
