import { classifyFault } from "../../runtime/faults/classify-fault.ts";
import { type Fault, type FaultService, toFault } from "../../runtime/faults/fault.ts";
import { createUnavailable, findNetworkFault } from "../../runtime/faults/network-faults.ts";
import { classifyPostgresFault } from "../../runtime/faults/postgres-faults.ts";
import { classifyRedisFault } from "../../runtime/faults/redis-faults.ts";
import { classifyTemporalFault } from "../../runtime/faults/temporal-faults.ts";

/** `degraded`: Parley works with less, as documented. `missing`: Parley does not work. `not_configured`: it is optional and has no settings. */
export type CheckState = "ok" | "degraded" | "missing" | "not_configured";

export interface Finding {
  state: CheckState;
  /** The version of the server, or null if unknown. */
  version: string | null;
  /** The result, in one sentence for each fault. */
  detail: string;
  /** The remedies; null if nothing has to be done. */
  fix: string | null;
  /** All that is wrong. Empty if nothing has to be done. */
  faults: readonly Fault[];
  warnings?: string[];
}

export interface CheckReport extends Omit<Finding, "warnings" | "faults"> {
  name: string;
  /** False if something has to be done. An optional service without settings is fine. */
  ok: boolean;
}

export interface Check {
  name: string;
  service: FaultService;
  /** The remedy when the service cannot be reached or exceeds the time limit. Default: that of the fault. */
  fix?: string;
  /** True if Parley works without it. */
  optional?: boolean;
  /** The time limit, if the calls take longer than the usual one. */
  limitMs?: number;
  /** The time limit is for all of its calls together. */
  run: (signal: AbortSignal, limitMs: number) => Promise<Finding>;
}

interface FindingOptions {
  state?: CheckState;
  version?: string | null;
  warnings?: string[] | undefined;
}

export function reportOk(
  detail: string,
  { state = "ok", version = null, warnings }: FindingOptions = {},
): Finding {
  return { state, version, detail, fix: null, faults: [], ...(warnings === undefined ? {} : { warnings }) };
}

/** A finding with all of its faults. A sentence that several of them share is given once. */
export function reportFaults(
  faults: readonly Fault[],
  { state = "missing", version = null, warnings }: FindingOptions = {},
): Finding {
  const join = (sentences: readonly string[]) => [...new Set(sentences)].join(" ");
  return {
    state,
    version,
    detail: join(faults.map(({ cause }) => cause)),
    fix: join(faults.map(({ fix }) => fix)),
    faults,
    ...(warnings === undefined ? {} : { warnings }),
  };
}

/** A wrong configuration that a check itself has found. */
export function createMisconfiguration(
  service: FaultService,
  [what, cause, fix]: readonly [what: string, cause: string, fix: string],
): Fault {
  return toFault(service, { kind: "configuration", what, cause, fix });
}

/** For an optional service without settings. */
export function createNotConfiguredCheck(name: string, settings: string): Check {
  const finding = reportOk(`Not configured. Set ${settings} to use it.`, { state: "not_configured" });
  return { name, service: "channel", run: async () => finding };
}

/** Runs one check with a time limit. Never rejects: an error becomes the finding. */
export async function runCheck(
  { service, fix, optional = false, run }: Check,
  limitMs: number,
): Promise<Finding> {
  const signal = AbortSignal.timeout(limitMs);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  // The timeout of a signal does not keep the process alive, and the check may have no other timer or socket.
  const alive = setTimeout(() => undefined, limitMs + 100);
  try {
    return await Promise.race([run(signal, limitMs), late]);
  } catch (error) {
    const found = signal.aborted ? createSilence(service, limitMs) : describeFailure(service, error);
    const fault = fix === undefined || found.kind !== "outage" ? found : { ...found, fix };
    return reportFaults([fault], { state: optional ? "degraded" : "missing" });
  } finally {
    clearTimeout(alive);
  }
}

function createSilence(service: FaultService, limitMs: number): Fault {
  return { ...createUnavailable(service), cause: `It did not respond within ${limitMs / 1_000} s.` };
}

/** Only the kind of an error: a message of a driver or vendor may contain a URL with a password, or a part of a key. */
function describeFailure(service: FaultService, error: unknown): Fault {
  const classify = CLASSIFY[service];
  if (classify !== undefined) return classify(error);
  return classifyFault(error) ?? findNetworkFault(service, error) ?? createUnavailable(service);
}

/** The store that each of these checks asks. A driver has errors without a code, which only its own table knows. */
const CLASSIFY: Readonly<Partial<Record<FaultService, (error: unknown) => Fault>>> = {
  postgres: classifyPostgresFault,
  secrets: classifyPostgresFault,
  redis: classifyRedisFault,
  temporal: classifyTemporalFault,
  workers: classifyTemporalFault,
};

/** A check asks a few questions, one after the other. The connection is closed before the check is over. */
export function toDoctorConnection(limitMs: number) {
  return {
    applicationName: "parley-doctor",
    maxConnections: 1,
    connectTimeoutMs: Math.round(limitMs * CONNECT_SHARE),
  } as const;
}

/** Of the time of a check, for the connection and for all calls. */
export const CONNECT_SHARE = 0.7;
export const CALLS_SHARE = 0.9;
