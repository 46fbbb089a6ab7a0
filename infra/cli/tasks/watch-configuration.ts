import type { Config } from "../../runtime/config/config.ts";
import type { FaultReports } from "../../runtime/faults/report-faults.ts";
import { createChecks, type ProcessCheck, type ProcessRole } from "../doctor/create-checks.ts";
import { type Finding, runCheck } from "../doctor/check.ts";

export interface WatchConfigurationDependencies {
  reports: FaultReports;
  roles: readonly ProcessRole[];
  /** Default: those of `parley doctor` that these processes use. */
  checks?: readonly ProcessCheck[];
  everyMs?: number;
}

/** A correction is seen within this time. Only the checks that have not passed yet are made again, so a paid call is not repeated. */
const EVERY_MS = 60_000;
const LIMIT_MS = 5_000;

/**
 * Makes the checks of `parley doctor` for the services that this process uses, once at its start. Each wrong configuration is reported as one that
 * a message has met: in the log, in `/readyz`, in `parley status`. A check that fails is made again until it passes, and so is the check of a
 * service that has refused a call since: then the report ends, also where that call is made rarely.
 */
export function watchConfiguration(
  config: Config,
  { reports, roles, checks = createChecks(config), everyMs = EVERY_MS }: WatchConfigurationDependencies,
) {
  const isUsed = ({ usedBy }: ProcessCheck) => usedBy.some((role) => roles.includes(role));
  const own = config.PARLEY_CHECK_AT_START ? checks.filter(isUsed) : [];
  const pending = new Set(own);
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function runRound(): Promise<void> {
    for (const each of own) if (hasRefused(each)) pending.add(each);
    await Promise.all([...pending].map(async (each) => await runOne(each)));
    if (isStopped) return;
    timer = setTimeout(() => void (running = runRound()), everyMs);
    timer.unref();
  }

  /** Channels share a service, and each of their checks says nothing about the others. */
  function hasRefused({ check: { service } }: ProcessCheck): boolean {
    const isOnly = own.filter(({ check }) => check.service === service).length === 1;
    return isOnly && reports.current().some((fault) => fault.service === service);
  }

  async function runOne(each: ProcessCheck): Promise<void> {
    const finding = await runCheck(each.check, each.check.limitMs ?? LIMIT_MS);
    if (isStopped) return;
    if (finding.faults.length === 0 && hasRefused(each)) reports.noteServiceWorks(each.check.service);
    report(each.check.name, finding);
    // An outage decides nothing about the configuration.
    if (finding.faults.length === 0) pending.delete(each);
  }

  function report(name: string, { faults }: Finding): void {
    const subject = nameSubject(name);
    const wrong = faults.filter(({ kind }) => kind === "configuration");
    const [first] = wrong;
    if (first !== undefined) {
      const cause = wrong.map((fault) => fault.cause).join(" ");
      const fix = [...new Set(wrong.map((fault) => fault.fix))].join(" ");
      reports.note(subject, { ...first, cause, fix });
    } else if (faults.length === 0) reports.noteSuccess(subject);
  }

  let running = runRound();
  return {
    /** The end of the present round. */
    settled: async () => await running,
    /** A check in progress ends by itself: the shutdown of the process must not wait for it. */
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

const nameSubject = (check: string): string => `check/${check.toLowerCase().replaceAll(" ", "_")}`;
