/**
 * The four kinds of errors, for all stores and vendors.
 *
 *   outage          a store or a network does not work now; a retry can succeed
 *   configuration   a setting, a key, a permission or a server is not as Parley needs it; a retry fails until an operator changes it
 *   input           the data of one call is wrong; other calls succeed
 *   defect          the code is wrong
 */
export type FaultKind = "outage" | "configuration" | "input" | "defect";

export type FaultService =
  | "settings"
  | "secrets"
  | "postgres"
  | "redis"
  | "temporal"
  | "workers"
  | "model"
  | "pinecone"
  | "channel"
  | "webhook"
  | "ingress";

export interface Fault {
  kind: FaultKind;
  service: FaultService;
  /** The service and what is wrong, such as `postgres.password_refused`. It never changes, so that a monitor can match it. */
  code: string;
  /** One sentence with the server's own code. It contains no words of the server, which may contain a secret. */
  cause: string;
  /** The remedy, in one sentence. */
  fix: string;
}

/** An entry of a table of faults. `what` is the second word of the code. */
export interface FaultRule {
  kind: FaultKind;
  what: string;
  cause: string;
  fix: string;
}

export function toFault(
  service: FaultService,
  { what, ...rule }: FaultRule,
  nativeCode: string | number | null = null,
): Fault {
  const cause = nativeCode === null ? rule.cause : rule.cause.replace(/\.$/, ` (${nativeCode}).`);
  return { ...rule, service, code: `${service}.${what}`, cause };
}

/** An error with all of its causes, also those of an `AggregateError` and of a Redis Cluster, the innermost last. */
export function listCauses(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  const ofNode = "lastNodeError" in error ? [error.lastNodeError] : [];
  return [error, ...[...inner, ...ofNode].flatMap(listCauses)];
}

export function codeOf(error: Error): string | number | null {
  if (!("code" in error)) return null;
  return typeof error.code === "string" || typeof error.code === "number" ? error.code : null;
}
