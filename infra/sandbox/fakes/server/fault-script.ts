import { z } from "zod";

/** Longer than the timeouts of our clients, and short enough for a timer. */
const MAX_DELAY_MS = 3_600_000;

const FAULT = z
  .strictObject({
    /** Replaces the real response, with `headers` and `body` (without a body: the vendor's error format). */
    status: z.int().min(200).max(599).optional(),
    headers: z.record(z.string().regex(/^[\w-]+$/), z.string()).optional(),
    body: z.string().optional(),
    /** Wait before the request is executed. With `accept_then_drop`: wait after it, before the connection closes. */
    delay_ms: z.int().min(0).max(MAX_DELAY_MS).optional(),
    /** Close the connection; the request is not executed. */
    cut: z.literal(true).optional(),
    /** Execute the request, and close the connection after so many bytes of the response's body. */
    cut_after_bytes: z.int().min(0).optional(),
    /** Execute the request, and close the connection without a response. */
    accept_then_drop: z.literal(true).optional(),
    /** Respond 200 with an HTML page; the request is not executed. */
    garbage: z.literal(true).optional(),
  })
  .refine(
    hasEffect,
    "must hold at least one of status, headers, delay_ms, cut, cut_after_bytes, accept_then_drop, garbage",
  )
  .refine(hasOneOutcome, "may hold only one of status, cut, accept_then_drop, garbage")
  .refine(
    ({ body, status }) => body === undefined || status !== undefined,
    "needs `status` where it holds `body`",
  );

const ITEM = z.strictObject({
  match: z
    .strictObject({
      /** The beginning of the path; `*` matches any characters. Without it: every path. */
      path: z.string().regex(/^[/*]/, "must begin with / or *").optional(),
      method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).optional(),
      /** The `model` field of a JSON body. */
      model: z.string().min(1).optional(),
    })
    .default({}),
  /** How often it fires; null for no limit. */
  times: z.int().min(1).nullable(),
  probability: z.number().min(0).max(1).default(1),
  fault: FAULT,
});

const SCRIPT = z.array(ITEM);

export type Fault = z.output<typeof FAULT>;
export type FaultItem = z.output<typeof ITEM>;
export type FaultScript = z.input<typeof SCRIPT>;

/** The message names each invalid field and its rule. */
export class FaultScriptInvalid extends Error {
  override name = "FaultScriptInvalid";
}

export function parseFaultScript(script: unknown): FaultItem[] {
  const parsed = SCRIPT.safeParse(script);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `script${path.map((key) => `[${JSON.stringify(key)}]`).join("")}: ${message}`,
  );
  throw new FaultScriptInvalid(problems.join("; "));
}

function hasEffect(fault: Record<string, unknown>): boolean {
  return Object.entries(fault).some(([key, value]) => key !== "body" && value !== undefined);
}

function hasOneOutcome(fault: Record<string, unknown>): boolean {
  return (
    ["status", "cut", "accept_then_drop", "garbage"].filter((key) => fault[key] !== undefined).length <= 1
  );
}
