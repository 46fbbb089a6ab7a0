import { codeOf, type Fault, type FaultRule, listCauses, toFault } from "./fault.ts";
import { createUnavailable, findNetworkFault } from "./network-faults.ts";

/** Statuses of gRPC, by their numbers. */
const STATUSES: Readonly<Record<number, FaultRule>> = {
  3: {
    kind: "configuration",
    what: "attribute_missing",
    cause: "It refuses an argument of a call.",
    fix: "Run `parley migrate`, which adds the search attributes.",
  },
  5: {
    kind: "configuration",
    what: "unknown_namespace",
    cause: "There is no such namespace.",
    fix: "Correct TEMPORAL_NAMESPACE, or create the namespace with a retention of 9 days.",
  },
  7: {
    kind: "configuration",
    what: "permission_missing",
    cause: "It denies access to the namespace.",
    fix: "Give TEMPORAL_API_KEY, or the client certificate, the right to write to TEMPORAL_NAMESPACE.",
  },
  12: {
    kind: "configuration",
    what: "no_temporal",
    cause: "The server does not know a call of Temporal.",
    fix: "Correct TEMPORAL_ADDRESS: it must name the frontend, usually with port 7233.",
  },
  16: {
    kind: "configuration",
    what: "key_refused",
    cause: "It refused the key or the certificate.",
    fix: "Set TEMPORAL_API_KEY, or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.",
  },
};

/** The fault that an error of Temporal or of its clients reports. */
export function classifyTemporalFault(error: unknown): Fault {
  const causes = listCauses(error).toReversed();
  const network = findNetworkFault("temporal", error);
  if (network?.kind === "configuration") return network;
  for (const cause of causes) {
    const code = codeOf(cause);
    const rule = typeof code === "number" ? STATUSES[code] : undefined;
    if (rule !== undefined) return toFault("temporal", rule, `gRPC ${code}`);
  }
  return network ?? createUnavailable("temporal");
}
