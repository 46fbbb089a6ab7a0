import { monitorEventLoopDelay } from "node:perf_hooks";
import { Pool } from "undici";

/** One request that is already signed, so that the load itself costs little CPU. */
export interface LoadRequest {
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

export interface LoadResponse {
  /** Measured from the due time, even when the request was sent later, so that a stalled server is measured correctly. */
  latencyMs: number;
  /** 0 when there was no response. */
  status: number;
}

/** Longer than every timeout of Parley. It only ends the benchmark when there is no response. */
const TIMEOUT_MS = 10_000;
/** From the call to the first due time. */
export const LEAD_MS = 20;

/**
 * Sends on a fixed schedule that does not depend on the responses (open loop). Connections are opened as needed and kept, as the servers
 * of vendors do.
 */
export async function openLoop(
  url: string,
  requests: readonly LoadRequest[],
  ratePerS: number,
): Promise<{ answers: LoadResponse[]; lagMs: number }> {
  const pool = new Pool(url, { connections: null, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const begin = performance.now() + LEAD_MS;
  const answers = await Promise.all(
    requests.map(async ({ method, path, headers, body }, i): Promise<LoadResponse> => {
      const due = begin + (i * 1000) / ratePerS;
      await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      // A timer can fire one millisecond early.
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
