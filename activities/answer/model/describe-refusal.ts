import type { ApplicationFailure } from "@temporalio/activity";
import { type Fault, toFault } from "../../../infra/runtime/faults/fault.ts";
import { classifyVendorRefusal } from "../../../infra/runtime/faults/vendor-faults.ts";
import { isRefusalOfSettings, readRefusal } from "./model-failure.ts";

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
