import OpenAI from "openai";
import {
  describeModelRefusal,
  describeRefusedCalls,
} from "../../../activities/answer/model/describe-refusal.ts";
import { toModelFailure } from "../../../activities/answer/model/model-failure.ts";
import type { Config } from "../../runtime/config/config.ts";
import { listAnsweringSecrets } from "../../runtime/config/require-settings.ts";
import { createFetchWithLimit, MAX_CHECK_BYTES } from "../../runtime/network/fetch-with-limit.ts";
import type { Fault } from "../../runtime/faults/fault.ts";
import { createUnavailable, findNetworkFault } from "../../runtime/faults/network-faults.ts";
import { FAILURES } from "../../../workflows/failures.ts";
import { type ModelProbe, listModelProbes } from "./model-probes.ts";
import { findSunset } from "./model-sunsets.ts";
import {
  type Check,
  createMisconfiguration,
  createNotConfiguredCheck,
  reportFaults,
  reportOk,
} from "./check.ts";

const SETTINGS = ["PARLEY_MODEL_FULL", "PARLEY_MODEL_SMALLER", "PARLEY_EMBEDDING_MODEL"] as const;

/** The model to use after the shutdown. For embeddings the operator has to choose. */
const SUCCESSORS = {
  PARLEY_MODEL_FULL: "gpt-6.1-terra",
  PARLEY_MODEL_SMALLER: "gpt-6-luna",
  PARLEY_EMBEDDING_MODEL: null,
} as const;

/** A reasoning model takes some seconds for one word. */
const LIMIT_MS = 20_000;

/**
 * Makes the calls of a turn: a completion of one word by each model, and an embedding. A check that failed repeats only the calls that did not
 * succeed, because each costs money.
 */
export function createModelCheck(config: Config, { today }: { today: string }): Check {
  if (
    listAnsweringSecrets(config).some((name) => name === "OPENAI_API_KEY") &&
    config.OPENAI_API_KEY === undefined
  )
    return createNotConfiguredCheck("OpenAI", "OPENAI_API_KEY, which the workers need,");
  const succeeded = new Set<string>();
  return {
    name: "OpenAI",
    service: "model",
    limitMs: LIMIT_MS,
    fix: "Check OPENAI_BASE_URL and that this machine may reach it.",
    async run(signal) {
      const probes = listModelProbes(config);
      const [dates, ...found] = await Promise.all([
        readShutdownDates(config, signal),
        ...probes
          .filter(({ setting }) => !succeeded.has(setting))
          .map(async (probe) => {
            const fault = await runProbe(probe, signal);
            if (fault === null) succeeded.add(probe.setting);
            return fault;
          }),
      ]);
      const faults = found.filter((fault) => fault !== null);
      const warnings = listSunsets(config, dates, today);
      if (faults.length > 0) return reportFaults(faults, { warnings });
      succeeded.clear();
      const names = [...new Set(probes.map(({ model }) => model))].join(", ");
      return reportOk(`The key works; ${names} respond.`, { warnings });
    },
  };
}

async function runProbe({ setting, model, call }: ModelProbe, signal: AbortSignal): Promise<Fault | null> {
  try {
    await call(signal);
    return null;
  } catch (error) {
    // The time limit of the check reports it.
    if (signal.aborted) throw error;
    return describeFailure(error, `${model} (${setting})`);
  }
}

function describeFailure(error: unknown, subject: string): Fault {
  const network = findNetworkFault("model", error);
  if (network !== null) return network;
  const failure = toModelFailure(error);
  const refused = describeModelRefusal(failure, subject);
  // The words of this prompt are ours, so a refusal is never about them.
  if (refused !== null) return describeRefusedCalls(refused);
  if (failure.type === FAILURES.completionUnusable)
    return createMisconfiguration("model", [
      "response_unusable",
      `${subject} responds, but not with a text that can be used.`,
      "Correct OPENAI_BASE_URL, which usually ends with /v1, or use another model or PARLEY_MODEL_API.",
    ]);
  return { ...createUnavailable("model"), cause: `${subject}: ${failure.message}` };
}

/** Only for the warnings. Many servers have no list of models, or no dates. */
async function readShutdownDates(config: Config, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const client = new OpenAI({
    apiKey: config.OPENAI_API_KEY,
    baseURL: config.OPENAI_BASE_URL ?? null,
    organization: config.OPENAI_ORG_ID ?? null,
    project: config.OPENAI_PROJECT_ID ?? null,
    maxRetries: 0,
    fetch: createFetchWithLimit(MAX_CHECK_BYTES),
  });
  try {
    const { data } = await client.models.list({ signal });
    return new Map(
      data.flatMap(({ id, shutdown_date: date }) => (date == null ? [] : [[id, date.slice(0, 10)]])),
    );
  } catch {
    // Not logged: the calls of a turn are the proof, and our own table has the dates of OpenAI's models.
    return new Map();
  }
}

/** The date of the endpoint takes precedence over our table. */
function listSunsets(config: Config, dates: ReadonlyMap<string, string>, today: string): string[] {
  return SETTINGS.flatMap((setting) => {
    const model = config[setting];
    const date = dates.get(model) ?? findSunset(model);
    if (date === null) return [];
    const successor = SUCCESSORS[setting];
    const remedy =
      successor === null
        ? `set ${setting} to another model and build its index`
        : `set ${setting} to ${successor} or another model`;
    return [`${model} ${date <= today ? "was" : "is"} shut down on ${date}: ${remedy}.`];
  });
}
