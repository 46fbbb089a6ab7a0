import { type Config, ConfigError } from "../runtime/config.ts";
import { configFinding } from "./doctor/check-config.ts";
import { graphChecks } from "./doctor/check-graph.ts";
import { openAiCheck } from "./doctor/check-openai.ts";
import { pineconeCheck } from "./doctor/check-pinecone.ts";
import { postgresCheck } from "./doctor/check-postgres.ts";
import { redisCheck } from "./doctor/check-redis.ts";
import { slackCheck } from "./doctor/check-slack.ts";
import { telegramCheck } from "./doctor/check-telegram.ts";
import { temporalCheck } from "./doctor/check-temporal.ts";
import { twilioCheck } from "./doctor/check-twilio.ts";
import { type Finding, type PartCheck, type PartReport, runCheck } from "./doctor/part.ts";

/** What `parley doctor --json` prints. */
export interface DoctorReport {
  /** True where every part is; warnings do not count. */
  ok: boolean;
  parts: PartReport[];
  /** What works today and will not for ever, or should not be so. */
  warnings: string[];
}

export interface DoctorDependencies {
  fetch?: typeof globalThis.fetch;
  now?: () => Date;
  /** Limit on each part, ms; all are asked at once, so it is also about the limit of the whole. */
  limitMs?: number;
}

const LIMIT_MS = 3_000;

/** Asks every part that the configuration names whether it is there and fit for use. Never throws. */
export async function runDoctor(
  config: Config | ConfigError,
  dependencies: DoctorDependencies = {},
): Promise<DoctorReport> {
  const { limitMs = LIMIT_MS } = dependencies;
  const checks = config instanceof ConfigError ? [] : checksOf(config, dependencies);
  const findings = await Promise.all(
    checks.map(async (check) => ({ part: check.part, finding: await runCheck(check, limitMs) })),
  );
  const all = [{ part: "configuration", finding: configFinding(config) }, ...findings];
  const parts = all.map(({ part, finding }) => partReport(part, finding));
  return {
    ok: parts.every(({ ok }) => ok),
    parts,
    warnings: all.flatMap(({ finding }) => finding.warnings ?? []),
  };
}

function checksOf(
  config: Config,
  { fetch = globalThis.fetch, now = () => new Date() }: DoctorDependencies,
): PartCheck[] {
  const today = now().toISOString().slice(0, 10);
  return [
    temporalCheck(config),
    postgresCheck(config),
    redisCheck(config),
    openAiCheck(config, { fetch, today }),
    pineconeCheck(config, { fetch }),
    twilioCheck(config, { fetch }),
    ...graphChecks(config, { fetch }),
    telegramCheck(config, { fetch, now }),
    slackCheck(config, { fetch }),
  ];
}

/** A part is in order where nothing has to be done about it. */
function partReport(part: string, { state, version, detail, fix }: Finding): PartReport {
  return { part, ok: fix === null, state, version, detail, fix };
}
