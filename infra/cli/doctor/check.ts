/** `degraded`: Parley works without it, in a stated lesser way. `missing`: it does not work. `not_configured`: nobody asked for it. */
export type CheckState = "ok" | "degraded" | "missing" | "not_configured";

export interface Finding {
  state: CheckState;
  /** Of the server that answered; null where none did or it does not tell. */
  version: string | null;
  /** What was found, in one sentence. */
  detail: string;
  /** The way out, in one sentence; null where there is nothing to do. */
  fix: string | null;
  warnings?: string[];
}

export interface CheckReport extends Omit<Finding, "warnings"> {
  name: string;
  /** False where something has to be done; an optional part that is simply not set up is in order. */
  ok: boolean;
}

export interface Check {
  name: string;
  /** The way out where the check throws or is late. */
  fix: string;
  /** True where a failure costs comfort only. */
  optional?: boolean;
  run: (signal: AbortSignal) => Promise<Finding>;
}

/** A part that may be left out, and was. */
export function createNotConfiguredCheck(name: string, settings: string): Check {
  const detail = `Not configured; ${settings} would do it.`;
  const finding: Finding = { state: "not_configured", version: null, detail, fix: null };
  return { name, fix: "", run: async () => finding };
}

/** Runs one check in bounded time. Never rejects: what was thrown is the finding. */
export async function runCheck({ fix, optional = false, run }: Check, limitMs: number): Promise<Finding> {
  const signal = AbortSignal.timeout(limitMs);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  // A signal does not keep the process alive, and a check may wait for nothing else.
  const alive = setTimeout(() => undefined, limitMs + 100);
  try {
    return await Promise.race([run(signal), late]);
  } catch (error) {
    const detail = signal.aborted ? `It did not answer within ${limitMs / 1_000} s.` : describeFailure(error);
    return { state: optional ? "degraded" : "missing", version: null, detail, fix };
  } finally {
    clearTimeout(alive);
  }
}

const REASONS: Readonly<Record<string, string>> = Object.freeze({
  ECONNREFUSED: "Nothing listens at its address.",
  ECONNRESET: "It cut the connection.",
  EHOSTUNREACH: "Its host cannot be reached.",
  ENETUNREACH: "Its network cannot be reached.",
  ENOTFOUND: "Its host name is not known.",
  EAI_AGAIN: "Its host name cannot be looked up now.",
  ETIMEDOUT: "It did not answer in time.",
  TimeoutError: "It did not answer in time.",
});

/** The kind of an error only: messages of drivers and vendors may hold URLs with passwords, or pieces of keys. */
function describeFailure(error: unknown): string {
  const codes = errorCodes(error);
  const reason = codes.map((code) => REASONS[code]).find((known) => known !== undefined);
  return reason ?? `The check failed with ${codes[0] ?? "an unknown error"}.`;
}

/** Codes and names of an error and all it was caused by. */
function errorCodes(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = "code" in error && typeof error.code === "string" ? [error.code] : [];
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  return [...own, ...inner.flatMap(errorCodes), error.name];
}
