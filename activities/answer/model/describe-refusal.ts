import type { ApplicationFailure } from "@temporalio/activity";
import { type Fault, toFault } from "../../../infra/runtime/faults/fault.ts";
import { classifyVendorRefusal } from "../../../infra/runtime/faults/vendor-faults.ts";
import { isRefusalOfSettings, readRefusal } from "./model-failure.ts";

/** The fault of a server that refuses every call, whatever its prompt. */
export function describeRefusedCalls(fault: Fault): Fault {
  return fault.kind === "input" ? { ...fault, ...REFUSED_CALLS } : fault;
}

const REFUSED_CALLS = {
  kind: "configuration",
  code: "model.call_refused",
  fix: "Check OPENAI_API_KEY and the name of the model, or use another model or PARLEY_MODEL_API: this server does not take Parley's calls.",
} as const;

/** The fault of a refused call, or of a server whose responses do not fit the settings; null for every other failure. */
export function describeModelRefusal(failure: ApplicationFailure, subject: string): Fault | null {
  const refusal = readRefusal(failure);
  if (refusal !== null) return classifyVendorRefusal("model", refusal, subject);
  if (!isRefusalOfSettings(failure)) return null;
  return toFault("model", {
    kind: "configuration",
    what: "response_unusable",
    cause: failure.message,
    fix: "Correct PARLEY_EMBEDDING_DIMENSIONS or the model, and build the index again (docs/reindex.md).",
  });
}
