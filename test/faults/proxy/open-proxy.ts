import { onTestFinished } from "vitest";
import { createRandom } from "../random.ts";
import type { OpenDialogue } from "./dialogue.ts";
import { type FaultProxy, openFaultProxy } from "./fault-proxy.ts";
import { upstreamOf } from "./proxied-url.ts";
import type { LostAnswer, Toxic } from "./toxic.ts";

/** A proxy before a server, for the length of a test. */
export async function openProxy(url: string, dialogue: OpenDialogue): Promise<FaultProxy> {
  const proxy = await openFaultProxy({
    upstream: upstreamOf(url),
    dialogue,
    random: createRandom(1),
  });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Loses the answer of each request that it may hit. */
export function loseAll(more: Partial<LostAnswer> = {}): Toxic {
  return { kind: "lose_answer", probability: 1, when: "answered", left: "cut", ...more };
}
