import { onTestFinished } from "vitest";
import { createRandom } from "../random.ts";
import type { OpenProtocolReader } from "./protocols/protocol-reader.ts";
import { type FaultProxy, openFaultProxy } from "./fault-proxy.ts";
import { upstreamOf } from "./proxied-url.ts";
import type { LostResponse, Toxic } from "./toxic.ts";

/** Opens a proxy that the end of the test closes. */
export async function openProxy(url: string, protocol: OpenProtocolReader): Promise<FaultProxy> {
  const proxy = await openFaultProxy({
    upstream: upstreamOf(url),
    protocol,
    random: createRandom(1),
  });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Loses the response to every request that `only` accepts. */
export function loseAllResponses(more: Partial<LostResponse> = {}): Toxic {
  return { kind: "lose_response", probability: 1, when: "answered", connectionLeft: "cut", ...more };
}
