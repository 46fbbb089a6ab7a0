import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../random.ts";
import type { Direction, Toxic, ToxicKind } from "./toxic.ts";

export interface PacerOptions {
  toxics(): readonly Toxic[];
  random: Random;
  onFired(kind: ToxicKind): void;
  /** "reset": the client gets a TCP reset. */
  end(how: "close" | "reset"): void;
  /** Aborted when the connection has ended, so that no pause outlives it. */
  ended: AbortSignal;
}

/** Forwards the bytes of one connection and applies the toxics that hit the connection. */
export function createPacer({ toxics, random, onFired, end, ended }: PacerOptions) {
  const openedAt = Date.now();
  const rolls = new Map<Toxic, boolean>();
  const passed = { up: 0, down: 0 };
  /** Decided once for each toxic and connection. */
  const hits = (toxic: Toxic): boolean => {
    const isHit = rolls.get(toxic) ?? random.chance(toxic.probability);
    rolls.set(toxic, isHit);
    return isHit;
  };
  const pause = async (ms: number) => {
    await sleep(ms, undefined, { signal: ended }).catch(() => undefined);
  };

  return async function pass(bytes: Buffer, to: Socket, direction: Direction): Promise<void> {
    let pieces = [bytes];
    let pauseMs = 0;
    for (const toxic of toxics()) {
      if (isForResponses(toxic) || toxic.kind === "down" || !hits(toxic)) continue;
      if ("direction" in toxic && toxic.direction !== direction) continue;
      if (toxic.kind === "reset_peer" && Date.now() - openedAt < toxic.afterMs) continue;
      if (toxic.kind === "limit_data" && passed[direction] + bytes.length <= toxic.bytes) continue;
      onFired(toxic.kind);
      if (toxic.kind === "latency") await pause(toxic.delayMs + random.next() * toxic.jitterMs);
      if (toxic.kind === "slicer") {
        pieces = slice(bytes, toxic.pieceBytes);
        pauseMs = toxic.delayMs;
      }
      if (toxic.kind === "reset_peer") return end("reset");
      if (toxic.kind === "timeout") {
        await pause(toxic.afterMs);
        return end("close");
      }
      if (toxic.kind === "limit_data") {
        await write(to, bytes.subarray(0, toxic.bytes - passed[direction]));
        return end("close");
      }
    }
    passed[direction] += bytes.length;
    for (const piece of pieces) {
      await write(to, piece);
      if (pauseMs > 0) await pause(pauseMs);
    }
  };
}

/** `openLink` applies these, because it knows the request of a response. */
function isForResponses({ kind }: Toxic): boolean {
  return kind === "lose_response" || kind === "late_response";
}

function slice(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** Resolves when the bytes are written or the socket is closed. */
async function write(to: Socket, bytes: Buffer): Promise<void> {
  if (to.writable) await new Promise<void>((resolve) => to.write(bytes, () => resolve()));
}
