import { type Config, ConfigError } from "../../runtime/config/config.ts";
import type { FaultKind } from "../../runtime/faults/fault.ts";
import { checkConfig } from "./check-config.ts";
import { createChecks, type DoctorDependencies } from "./create-checks.ts";
import { type Finding, type CheckReport, runCheck } from "./check.ts";

/** The output of `parley doctor --json`. */
export interface DoctorReport {
  /** True if all checks are; warnings do not count. */
  ok: boolean;
  checks: CheckReport[];
  /** All that is wrong, with the way out of each. */
  findings: ReportedFault[];
  /** Risks and announced shutdowns. */
  warnings: string[];
}

export interface ReportedFault {
  check: string;
  /** `configuration`: it stays until an operator changes something. `outage`: it may pass by itself. */
  kind: FaultKind;
  /** Never changes, such as `postgres.password_refused`. */
  code: string;
  detail: string;
  fix: string;
}

const LIMIT_MS = 3_000;

/** Runs the checks of the configuration and of every service in it. Never throws. */
export async function runDoctor(
  config: Config | ConfigError,
  { limitMs, ...dependencies }: DoctorDependencies & { limitMs?: number } = {},
): Promise<DoctorReport> {
  const pending = config instanceof ConfigError ? [] : createChecks(config, dependencies);
  const findings = await Promise.all(
    pending.map(async ({ check }) => ({
      name: check.name,
      finding: await runCheck(check, limitMs ?? check.limitMs ?? LIMIT_MS),
    })),
  );
  const all = [{ name: "configuration", finding: checkConfig(config) }, ...findings];
  const checks = all.map(({ name, finding }) => formatCheck(name, finding));
  return {
    ok: checks.every(({ ok }) => ok),
    checks,
    findings: all.flatMap(({ name, finding }) => formatFaults(name, finding)),
    warnings: all.flatMap(({ finding }) => finding.warnings ?? []),
  };
}

/** A check passed if nothing has to be done. */
function formatCheck(name: string, { state, version, detail, fix }: Finding): CheckReport {
  return { name, ok: fix === null, state, version, detail, fix };
}

function formatFaults(check: string, { faults }: Finding): ReportedFault[] {
  return faults.map(({ kind, code, cause, fix }) => ({ check, kind, code, detail: cause, fix }));
}
