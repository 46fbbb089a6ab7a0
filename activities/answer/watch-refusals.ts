import type { Fault } from "../../infra/runtime/faults/fault.ts";
import { findNetworkFault } from "../../infra/runtime/faults/network-faults.ts";
import type { FaultPlace, FaultReports } from "../../infra/runtime/faults/report-faults.ts";
import type { ConfiguredModels } from "./model/configured-model.ts";
import { describeModelRefusal, describeRefusedCalls } from "./model/describe-refusal.ts";
import { isPerhapsRefusalOfSettings, isRefusalOfSettings, toModelFailure } from "./model/model-failure.ts";

/** A wrong setting meets every prompt. The words of one visitor meet few in a row, because other contacts write too. */
const DIFFERENT_PROMPTS = 5;

export interface Refusals {
  /** A vendor refused this kind of call because of our settings: its key, its rights, its quota or a name. */
  noteRefusal(subject: string, fault: Fault): void;
  /** The same, or a refusal of this prompt: noted as one of our settings after several different prompts in a row without a success. */
  noteDoubtfulRefusal(subject: string, fault: Fault, prompt: string): void;
  /** The vendor accepted a call of this kind. */
  noteSuccess(subject: string): void;
}

/**
 * Reports that a vendor refuses calls because of our settings. The calls have fallbacks, so a wrong setting would not be noticed otherwise. A
 * success of the same kind of call ends it.
 */
export function createRefusals({
  reports,
  readPlace = () => ({}),
}: {
  reports: FaultReports;
  /** The activity of the current call. */
  readPlace?: () => FaultPlace;
}): Refusals {
  const refusedPrompts = new Map<string, Set<string>>();
  const noteRefusal = (subject: string, fault: Fault) => reports.note(subject, fault, readPlace());
  return {
    noteRefusal,
    noteDoubtfulRefusal(subject, fault, prompt) {
      const prompts = refusedPrompts.get(subject) ?? new Set();
      refusedPrompts.set(subject, prompts);
      if (prompts.size < DIFFERENT_PROMPTS) prompts.add(prompt);
      if (prompts.size >= DIFFERENT_PROMPTS) noteRefusal(subject, fault);
    },
    noteSuccess(subject) {
      refusedPrompts.get(subject)?.clear();
      reports.noteSuccess(subject);
    },
  };
}

/** Notes how the provider takes the calls of each model. A key may have the right to one model alone. */
export function watchModel(
  client: ConfiguredModels,
  { noteRefusal, noteDoubtfulRefusal, noteSuccess }: Refusals,
): ConfiguredModels {
  async function watch<T>(model: string, prompt: string, call: () => Promise<T>): Promise<T> {
    const subject = `model/${model}`;
    try {
      const result = await call();
      noteSuccess(subject);
      return result;
    } catch (error) {
      const failure = toModelFailure(error);
      const network = findNetworkFault("model", failure);
      if (network?.kind === "configuration") noteRefusal(subject, network);
      const fault = describeModelRefusal(failure, model);
      if (fault !== null && isRefusalOfSettings(failure)) noteRefusal(subject, fault);
      if (fault !== null && isPerhapsRefusalOfSettings(failure))
        noteDoubtfulRefusal(subject, describeRefusedCalls(fault), prompt);
      throw error;
    }
  }
  return {
    names: client.names,
    complete: async (size, call) =>
      await watch(client.names[size], call.prompt.lines.at(-1)?.text ?? "", () =>
        client.complete(size, call),
      ),
    embed: async (call) => await watch(call.model, call.texts[0] ?? "", () => client.embed(call)),
  };
}
