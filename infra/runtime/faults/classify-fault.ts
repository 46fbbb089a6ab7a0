import { EgressRefused } from "../network/egress-refused.ts";
import { codeOf, type Fault, listCauses, toFault } from "./fault.ts";
import { classifyPostgresFault } from "./postgres-faults.ts";
import { classifyRedisFault } from "./redis-faults.ts";
import { classifyTemporalFault } from "./temporal-faults.ts";

/** No SQLSTATE begins with E, and the codes of sockets do. */
const SQL_STATE = /^(?!E)[0-9A-Z]{5}$/;

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

function isPostgresError(error: Error): boolean {
  const code = codeOf(error);
  return (typeof code === "string" && SQL_STATE.test(code)) || error.name === "DrizzleQueryError";
}

/** Errors of gRPC have a number as their code, and details. */
function isGrpcError(error: Error): boolean {
  return typeof codeOf(error) === "number" && "details" in error;
}
