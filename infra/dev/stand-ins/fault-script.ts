import { z } from "zod";

const FAULT = z.strictObject({
  /** Answer with this status instead of handling the request. */
  status: z.number().int().min(100).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  /** Wait before anything else happens. */
  delay_ms: z.number().int().min(0).max(120_000).optional(),
  /** Close the connection without an answer, before the request is handled. */
  cut: z.boolean().optional(),
  /** Handle the request in full, then close the connection without an answer. */
  accept_then_drop: z.boolean().optional(),
  /** 200 with a page of HTML. */
  garbage: z.boolean().optional(),
});

const ITEM = z.strictObject({
  match: z.strictObject({ path: z.string().optional(), method: z.string().optional(), model: z.string().optional() }).default({}),
  /** How often it fires; null for ever. */
  times: z.number().int().min(1).nullable().default(1),
  probability: z.number().min(0).max(1).default(1),
  fault: FAULT,
});

export const FAULT_SCRIPT = z.strictObject({ script: z.array(ITEM) });

export type Fault = z.infer<typeof FAULT>;
export type FaultScript = z.input<typeof FAULT_SCRIPT>["script"];

export interface FaultedRequest {
  path: string;
  method: string;
  model: string | null;
}

/** Faults by request, first match first; counts what really fired, so that a test can tell that it tested something. */
export function createFaultScript(random: () => number = Math.random) {
  let items: (z.infer<typeof ITEM> & { fired: number })[] = [];
  return {
    replace(script: FaultScript): void {
      items = FAULT_SCRIPT.parse({ script }).script.map((item) => ({ ...item, fired: 0 }));
    },
    clear(): void {
      items = [];
    },
    list: () => items,
    take(request: FaultedRequest): Fault | null {
      const item = items.find(
        ({ match, times, fired, probability }) =>
          (times === null || fired < times) && isMatch(match, request) && (probability === 1 || random() < probability),
      );
      if (item === undefined) return null;
      item.fired++;
      return item.fault;
    },
  };
}

export type FaultScriptStore = ReturnType<typeof createFaultScript>;

function isMatch(match: { path?: string | undefined; method?: string | undefined; model?: string | undefined }, request: FaultedRequest): boolean {
  if (match.path !== undefined && !request.path.startsWith(match.path)) return false;
  if (match.method !== undefined && match.method !== request.method) return false;
  return match.model === undefined || match.model === request.model;
}
