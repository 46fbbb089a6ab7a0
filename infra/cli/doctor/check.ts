/** `degraded`: Parley works with less, as documented. `missing`: Parley does not work. `not_configured`: it is optional and has no settings. */
export type CheckState = "ok" | "degraded" | "missing" | "not_configured";

export interface Finding {
  state: CheckState;
  /** The version of the server, or null if unknown. */
  version: string | null;
  /** The result, in one sentence. */
  detail: string;
  /** The remedy, in one sentence; null if nothing has to be done. */
  fix: string | null;
  warnings?: string[];
}

export interface CheckReport extends Omit<Finding, "warnings"> {
  name: string;
  /** False if something has to be done. An optional service without settings is fine. */
  ok: boolean;
}

export interface Check {
  name: string;
  /** The remedy when the check throws or exceeds its time limit. */
  fix: string;
  /** True if Parley works without it. */
  optional?: boolean;
  run: (signal: AbortSignal) => Promise<Finding>;
}

/** For an optional service without settings. */
export function createNotConfiguredCheck(name: string, settings: string): Check {
  const detail = `Not configured. Set ${settings} to use it.`;
  const finding: Finding = { state: "not_configured", version: null, detail, fix: null };
  return { name, fix: "", run: async () => finding };
}

/** Runs one check with a time limit. Never rejects: an error becomes the finding. */
export async function runCheck({ fix, optional = false, run }: Check, limitMs: number): Promise<Finding> {
  const signal = AbortSignal.timeout(limitMs);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  // The timeout of a signal does not keep the process alive, and the check may have no other timer or socket.
  const alive = setTimeout(() => undefined, limitMs + 100);
  try {
    return await Promise.race([run(signal), late]);
  } catch (error) {
    const detail = signal.aborted
      ? `It did not respond within ${limitMs / 1_000} s.`
      : describeFailure(error);
    return { state: optional ? "degraded" : "missing", version: null, detail, fix };
  } finally {
    clearTimeout(alive);
  }
}

const REASONS: Readonly<Record<string, string>> = Object.freeze({
  ECONNREFUSED: "No server listens at its address.",
  ECONNRESET: "It closed the connection.",
  EHOSTUNREACH: "Its host cannot be reached.",
  ENETUNREACH: "Its network cannot be reached.",
  ENOTFOUND: "Its host name does not exist.",
  EAI_AGAIN: "Its host name cannot be resolved now.",
  ETIMEDOUT: "It did not respond in time.",
  TimeoutError: "It did not respond in time.",
});

/** Only the kind of an error: a message of a driver or vendor may contain a URL with a password, or a part of a key. */
function describeFailure(error: unknown): string {
  const codes = errorCodes(error);
  const reason = codes.map((code) => REASONS[code]).find((known) => known !== undefined);
  return reason ?? `The check failed with ${codes[0] ?? "an unknown error"}.`;
}

/** Codes and names of an error and of all its causes. */
function errorCodes(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = "code" in error && typeof error.code === "string" ? [error.code] : [];
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  return [...own, ...inner.flatMap(errorCodes), error.name];
}

/** A check asks a few questions, one after the other. */
export const DOCTOR_CONNECTION = { applicationName: "parley-doctor", maxConnections: 1 } as const;
