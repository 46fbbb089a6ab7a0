import { type Config, ConfigError } from "../../runtime/config/config.ts";
import { checkConfig } from "./check-config.ts";
import { createGraphChecks } from "./check-graph.ts";
import { createOpenAiCheck } from "./check-openai.ts";
import { createPineconeCheck } from "./check-pinecone.ts";
import { createPostgresCheck } from "./check-postgres.ts";
import { createRedisCheck } from "./check-redis.ts";
import { createSlackCheck } from "./check-slack.ts";
import { createTelegramCheck } from "./check-telegram.ts";
import { createTemporalCheck } from "./check-temporal.ts";
import { createTwilioCheck } from "./check-twilio.ts";
import { type Finding, type Check, type CheckReport, runCheck } from "./check.ts";

/** What `parley doctor --json` prints. */
export interface DoctorReport {
  /** True where every part is; warnings do not count. */
  ok: boolean;
  checks: CheckReport[];
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
  const pending = config instanceof ConfigError ? [] : createChecks(config, dependencies);
  const findings = await Promise.all(
    pending.map(async (check) => ({ name: check.name, finding: await runCheck(check, limitMs) })),
  );
  const all = [{ name: "configuration", finding: checkConfig(config) }, ...findings];
  const checks = all.map(({ name, finding }) => formatCheck(name, finding));
  return {
    ok: checks.every(({ ok }) => ok),
    checks,
    warnings: all.flatMap(({ finding }) => finding.warnings ?? []),
  };
}

function createChecks(
  config: Config,
  { fetch = globalThis.fetch, now = () => new Date() }: DoctorDependencies,
): Check[] {
  const today = now().toISOString().slice(0, 10);
  return [
    createTemporalCheck(config),
    createPostgresCheck(config),
    createRedisCheck(config),
    createOpenAiCheck(config, { fetch, today }),
    createPineconeCheck(config, { fetch }),
    createTwilioCheck(config, { fetch }),
    ...createGraphChecks(config, { fetch }),
    createTelegramCheck(config, { fetch, now }),
    createSlackCheck(config, { fetch }),
  ];
}

/** A part is in order where nothing has to be done about it. */
function formatCheck(name: string, { state, version, detail, fix }: Finding): CheckReport {
  return { name, ok: fix === null, state, version, detail, fix };
}
