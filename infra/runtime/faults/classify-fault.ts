import { EgressRefused } from "../network/egress-refused.ts";
import { codeOf, type Fault, listCauses, toFault } from "./fault.ts";
import { classifyPostgresFault, isSqlState } from "./postgres-faults.ts";
import { classifyRedisFault } from "./redis-faults.ts";
import { classifyTemporalFault } from "./temporal-faults.ts";

/** The fault of an error whose service is not known, by the form of the error; null where no store or vendor is its cause. */
export function classifyFault(error: unknown): Fault | null {
  const causes = listCauses(error);
  if (causes.some(isPostgresError)) return classifyPostgresFault(error);
  if (causes.some(({ name }) => name === "ReplyError" || name === "ClusterAllFailedError"))
    return classifyRedisFault(error);
  if (causes.some(isGrpcError)) return classifyTemporalFault(error);
  const refused = causes.find((cause) => cause instanceof EgressRefused);
  return refused === undefined ? null : describeRefusedTarget(refused.code);
}

/** A target that our own rules forbid. */
export function describeRefusedTarget(code: string): Fault {
  return toFault("webhook", {
    kind: "configuration",
    what: code,
    cause: "The rules of this installation forbid the target of a webhook.",
    fix: "Use an https URL on the public internet. EGRESS_ALLOW_HOSTS permits a receiver in your own network.",
  });
}

/** What a channel's vendor refuses because of the account: its token, its rights, its state. */
export function describeRefusedAccount(account: string, code: string): Fault {
  return toFault(
    "channel",
    {
      kind: "configuration",
      what: "account_refused",
      cause: `The vendor refuses the account ${account}.`,
      fix: `Correct the credentials with \`parley accounts rotate ${account}\`, or the account at the vendor.`,
    },
    code,
  );
}

/** Drizzle wraps the errors of the driver too. Its class sets no name of its own. */
function isPostgresError(error: Error): boolean {
  return isSqlState(codeOf(error)) || error.constructor.name === "DrizzleQueryError";
}

/** Errors of gRPC have a number as their code, and details. */
function isGrpcError(error: Error): boolean {
  return typeof codeOf(error) === "number" && "details" in error;
}
