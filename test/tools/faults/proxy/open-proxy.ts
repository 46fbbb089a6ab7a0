import { onTestFinished } from "vitest";
import { createRandom } from "../random.ts";
import type { OpenProtocolReader } from "./protocols/protocol-reader.ts";
import { type FaultProxy, openFaultProxy } from "./fault-proxy.ts";
import { upstreamOf } from "./proxied-url.ts";
import type { LostResponse, Toxic } from "./toxic.ts";

/** A proxy before a server, for the length of a test. */
export async function openProxy(url: string, dialogue: OpenProtocolReader): Promise<FaultProxy> {
  const proxy = await openFaultProxy({
    upstream: upstreamOf(url),
    protocol: dialogue,
    random: createRandom(1),
  });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Loses the answer of each request that it may hit. */
export function loseAllResponses(more: Partial<LostResponse> = {}): Toxic {
  return { kind: "lose_response", probability: 1, when: "answered", connectionLeft: "cut", ...more };
}
