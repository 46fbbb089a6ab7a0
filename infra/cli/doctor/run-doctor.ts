import { type Config, ConfigError } from "../../runtime/config/config.ts";
import { createFetchWithLimit, MAX_CHECK_BYTES } from "../../runtime/network/fetch-with-limit.ts";
import { checkConfig } from "./check-config.ts";
import { createDecryptionCheck } from "./check-decryption.ts";
import { createGraphChecks } from "./check-graph.ts";
import { createOpenAiCheck } from "./check-openai.ts";
import { createPineconeCheck } from "./check-pinecone.ts";
import { createPostgresCheck } from "./check-postgres.ts";
import { createRedisCheck } from "./check-redis.ts";
import { createSlackCheck } from "./check-slack.ts";
import { createTelegramCheck } from "./check-telegram.ts";
import { createTemporalCheck } from "./check-temporal.ts";
import { createTwilioCheck } from "./check-twilio.ts";
import { createAlertsCheck, createWorkersCheck } from "./check-workers.ts";
import { type Finding, type Check, type CheckReport, runCheck } from "./check.ts";

/** The output of `parley doctor --json`. */
export interface DoctorReport {
  /** True if all checks are; warnings do not count. */
  ok: boolean;
  checks: CheckReport[];
  /** Risks and announced shutdowns. */
  warnings: string[];
}

export interface DoctorDependencies {
  fetch?: typeof globalThis.fetch;
  now?: () => Date;
  /** Time limit of each check, ms. All checks run in parallel, so it is about the limit of the whole too. */
  limitMs?: number;
}

const LIMIT_MS = 3_000;

/** Runs the checks of the configuration and of every service in it. Never throws. */
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
  { fetch = createFetchWithLimit(MAX_CHECK_BYTES), now = () => new Date() }: DoctorDependencies,
): Check[] {
  const today = now().toISOString().slice(0, 10);
  return [
    createTemporalCheck(config),
    createPostgresCheck(config),
    createWorkersCheck(config),
    createAlertsCheck(config),
    createDecryptionCheck(config),
    createRedisCheck(config),
    createOpenAiCheck(config, { fetch, today }),
    createPineconeCheck(config, { fetch }),
    createTwilioCheck(config, { fetch }),
    ...createGraphChecks(config, { fetch }),
    createTelegramCheck(config, { fetch, now }),
    createSlackCheck(config, { fetch }),
  ];
}

/** A check passed if nothing has to be done. */
function formatCheck(name: string, { state, version, detail, fix }: Finding): CheckReport {
  return { name, ok: fix === null, state, version, detail, fix };
}
