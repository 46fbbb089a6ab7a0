import type { ConfiguredModels } from "./model/configured-model.ts";
import { isPerhapsRefusalOfSettings, isRefusalOfSettings, toModelFailure } from "./model/model-failure.ts";
import type { ReportError } from "../../db/connection/token-buckets.ts";
import type { createAlerts } from "../../db/health/alerts.ts";
import { writeAfterEnd } from "../../infra/runtime/step-end.ts";

/** Shorter than an alert is valid. */
const RENEW_EVERY_MS = 60_000;
/** A wrong setting meets every prompt. The words of one visitor meet few in a row, because other contacts write too. */
const DIFFERENT_PROMPTS = 5;

export interface Refusals {
  /** A vendor refused this kind of call because of our settings: its key, its rights, its quota or a name. */
  noteRefusal(subject: string, cause: string): void;
  /** The same, or a refusal of this prompt: noted as one of our settings after several different prompts in a row without a success. */
  noteDoubtfulRefusal(subject: string, cause: string, prompt: string): void;
  /** The vendor accepted a call of this kind. */
  noteSuccess(subject: string): void;
}

interface Subject {
  isRefused: boolean | null;
  refusedPrompts: Set<string>;
  raisedAt: number;
  /** Alerts are written in the order of the calls. */
  written: Promise<void>;
}

/**
 * Raises an alert while a vendor refuses calls because of our settings, and ends it when a call of the same kind succeeds. The calls have
 * fallbacks, so a wrong setting would not be noticed otherwise. The first success of a process ends the alert of the process before it.
 */
export function createRefusals({
  alerts,
  onError,
  now = Date.now,
}: {
  alerts: ReturnType<typeof createAlerts>;
  onError: ReportError;
  now?: () => number;
}): Refusals {
  const subjects = new Map<string, Subject>();

  function findSubject(name: string): Subject {
    const known = subjects.get(name) ?? {
      isRefused: null,
      refusedPrompts: new Set(),
      raisedAt: -Infinity,
      written: Promise.resolve(),
    };
    subjects.set(name, known);
    return known;
  }

  function write(subject: Subject, change: () => Promise<void>, forget: () => void): void {
    subject.written = subject.written
      .then(() => writeAfterEnd(change))
      .catch((error: unknown) => {
        // The next call of this kind writes it again.
        forget();
        onError(error, "an alert about a refused call was not written");
      });
  }

  function noteRefusal(name: string, cause: string): void {
    const subject = findSubject(name);
    if (subject.isRefused === true && now() - subject.raisedAt < RENEW_EVERY_MS) return;
    const detail = `${name} refuses the calls of this installation (${cause}). Answers do without it until then. Check its key, the rights and the quota of the key, and the names in the settings.`;
    if (subject.isRefused !== true)
      onError(new Error(detail), "a vendor refuses the settings of this installation");
    subject.isRefused = true;
    subject.raisedAt = now();
    write(
      subject,
      async () => await alerts.raise({ name: nameAlert(name), detail }),
      () => (subject.raisedAt = -Infinity),
    );
  }

  return {
    noteRefusal,
    noteDoubtfulRefusal(name, cause, prompt) {
      const { refusedPrompts } = findSubject(name);
      if (refusedPrompts.size < DIFFERENT_PROMPTS) refusedPrompts.add(prompt);
      if (refusedPrompts.size >= DIFFERENT_PROMPTS) noteRefusal(name, cause);
    },
    noteSuccess(name) {
      const subject = findSubject(name);
      subject.refusedPrompts.clear();
      if (subject.isRefused === false) return;
      subject.isRefused = false;
      write(
        subject,
        async () => await alerts.clear(nameAlert(name)),
        () => (subject.isRefused = null),
      );
    },
  };
}

/** Notes how the provider takes the calls of each model. A key may have the right to one model alone. */
export function watchModel(
  client: ConfiguredModels,
  { noteRefusal, noteDoubtfulRefusal, noteSuccess }: Refusals,
): ConfiguredModels {
  async function watch<T>(model: string, prompt: string, call: () => Promise<T>): Promise<T> {
    try {
      const result = await call();
      noteSuccess(`model/${model}`);
      return result;
    } catch (error) {
      const failure = toModelFailure(error);
      if (isRefusalOfSettings(failure)) noteRefusal(`model/${model}`, failure.message);
      if (isPerhapsRefusalOfSettings(failure)) noteDoubtfulRefusal(`model/${model}`, failure.message, prompt);
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

const nameAlert = (subject: string) => `vendor_refuses:${subject}`;
