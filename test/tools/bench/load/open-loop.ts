import { monitorEventLoopDelay } from "node:perf_hooks";
import { Pool } from "undici";

/** One request, signed and ready, so that the load costs as little as it can beside what is measured. */
export interface LoadRequest {
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

export interface LoadResponse {
  /** From the moment when it was due, whether it could be sent then or not: a server that stalls is not flattered. */
  latencyMs: number;
  /** 0 where there was no answer at all. */
  status: number;
}

/** A sender gives up later than any of ours; here it only ends the benchmark where nothing answers. */
const GIVE_UP_MS = 10_000;

/**
 * Sends on a fixed schedule, however long the answers take: open loop. Connections are opened as needed and kept, as vendors'
 * servers do.
 */
export async function openLoop(
  url: string,
  requests: readonly LoadRequest[],
  ratePerS: number,
): Promise<{ answers: LoadResponse[]; lagMs: number }> {
  const pool = new Pool(url, { connections: null, headersTimeout: GIVE_UP_MS, bodyTimeout: GIVE_UP_MS });
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const begin = performance.now() + 20;
  const answers = await Promise.all(
    requests.map(async ({ method, path, headers, body }, i): Promise<LoadResponse> => {
      const due = begin + (i * 1000) / ratePerS;
      await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      // A timer may be a millisecond early.
      const from = Math.min(due, performance.now());
      const status = await pool.request({ method, path, headers, body }).then(
        async (response) => {
          await response.body.dump();
          return response.statusCode;
        },
        () => 0,
      );
      return { latencyMs: performance.now() - from, status };
    }),
  );
  lag.disable();
  await pool.close();
  return { answers, lagMs: lag.percentile(99) / 1e6 };
}
