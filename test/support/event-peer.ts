import { openHttpPeer, type PeerRequest, respondWith } from "./http-peer.ts";

/** A receiver that responds with these in order; the last one repeats. */
export async function respondInOrder(...codes: [number, Record<string, string>?][]) {
  let next = 0;
  return await openHttpPeer((response) => {
    const [code, headers] = codes[Math.min(next++, codes.length - 1)] ?? [500];
    respondWith(code, headers)(response);
  });
}

/** The id by which a receiver recognises a repeated event. */
export function idOf({ headers }: PeerRequest): string {
  return String(headers["webhook-id"]);
}
