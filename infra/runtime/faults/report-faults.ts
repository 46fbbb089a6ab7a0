import { LRUCache } from "lru-cache";
import { WRONG_CONFIGURATION_MESSAGE } from "../log-messages.ts";
import type { Fault, FaultService } from "./fault.ts";

/** Where a fault was met. */
export interface FaultPlace {
  activity?: string;
  attempt?: number;
  workflowId?: string;
  /** The tenant of the account that the fault is about. Default: the tenant of the settings. */
  tenantId?: string;
}

export interface FaultReports {
  /**
   * Reports a wrong configuration. The other kinds are not reported here: an outage passes by itself. `subject` names the call, the account
   * or the store.
   */
  note(subject: string, fault: Fault, place?: FaultPlace): void;
  /** The same call works, so its fault has ended. The first success also ends the alert of an earlier process, which costs a statement. */
  noteSuccess(subject: string): void;
  /** The same, where this process has met the fault and not met it again for `quietMs`. Otherwise it costs nothing. */
  noteRecovery(subject: string, quietMs?: number): void;
  /** All calls of a service work, also those that are made rarely. */
  noteServiceWorks(service: FaultService): void;
  /** The faults of this process that have not ended, for `/readyz`. */
  current(): Fault[];
}

export interface FaultAlerts {
  raise(alert: { name: string; detail: string; tenantId?: string | undefined }): Promise<void>;
  clear(name: string, tenantId?: string): Promise<void>;
}

export interface FaultReportsDependencies {
  log: { error(details: object, message: string): void };
  alerts: FaultAlerts;
  /** Runs a write after the end of the step that caused it. Default: at once. */
  later?: (write: () => Promise<void>) => Promise<void>;
  now?: () => number;
}

/** A wrong setting fails every call. The log gets one line in a minute for each of them, and the alert is renewed. */
const REPEAT_EVERY_MS = 60_000;
/** A fault that is not met again for this long is not shown as a present one. */
const PRESENT_MS = 15 * 60_000;
const SUBJECTS = 1_000;

interface Subject {
  /** Null after a success; undefined where this process has not seen the call yet. */
  fault: Fault | null | undefined;
  seenAt: number;
  logged: { code: string; at: number } | null;
  raisedAt: number;
  tenantId: string | undefined;
  /** Alerts are written in the order of the calls. */
  written: Promise<void>;
}

/**
 * Reports wrong configurations: one line of the log at the level error, and an alert, which `/readyz`, `parley status`, `parley doctor` and an
 * outgoing event show. The first success of a process ends the alert of the process before it.
 */
export function createFaultReports({
  log,
  alerts,
  later = async (change) => await change(),
  now = Date.now,
}: FaultReportsDependencies): FaultReports {
  const subjects = new LRUCache<string, Subject>({ max: SUBJECTS });

  function findSubject(name: string): Subject {
    const subject = subjects.get(name) ?? newSubject();
    subjects.set(name, subject);
    return subject;
  }

  function writeInOrder(subject: Subject, change: () => Promise<void>, forget: () => void): void {
    subject.written = subject.written
      .then(async () => await later(change))
      // Not logged: the fault is, and the next call of this kind writes the alert again.
      .catch(forget);
  }

  function logOnceAMinute(
    name: string,
    subject: Subject,
    { code, cause, fix }: Fault,
    place: FaultPlace,
  ): void {
    const { logged } = subject;
    if (logged !== null && logged.code === code && now() - logged.at < REPEAT_EVERY_MS) return;
    subject.logged = { code, at: now() };
    log.error({ subject: name, code, cause, fix, ...place }, WRONG_CONFIGURATION_MESSAGE);
  }

  function endFault(name: string, subject: Subject): void {
    subject.fault = null;
    writeInOrder(
      subject,
      async () => await alerts.clear(nameAlert(name), subject.tenantId),
      () => (subject.fault = undefined),
    );
  }

  return {
    note(name, fault, place = {}) {
      if (fault.kind !== "configuration") return;
      const subject = findSubject(name);
      const isRaised = subject.fault?.code === fault.code && now() - subject.raisedAt < REPEAT_EVERY_MS;
      subject.fault = fault;
      subject.seenAt = now();
      subject.tenantId = place.tenantId;
      logOnceAMinute(name, subject, fault, place);
      if (isRaised) return;
      subject.raisedAt = now();
      const detail = `${fault.cause} ${fault.fix} [${fault.code}]`;
      writeInOrder(
        subject,
        async () => await alerts.raise({ name: nameAlert(name), detail, tenantId: place.tenantId }),
        () => (subject.raisedAt = Number.NEGATIVE_INFINITY),
      );
    },
    noteSuccess(name) {
      const subject = findSubject(name);
      if (subject.fault !== null) endFault(name, subject);
    },
    noteRecovery(name, quietMs = 0) {
      const subject = subjects.get(name);
      if (subject?.fault == null || now() - subject.seenAt < quietMs) return;
      endFault(name, subject);
    },
    noteServiceWorks(service) {
      for (const [name, subject] of subjects.entries())
        if (subject.fault?.service === service) endFault(name, subject);
    },
    current: () =>
      [...subjects.values()].flatMap(({ fault, seenAt }) =>
        fault != null && now() - seenAt < PRESENT_MS ? [fault] : [],
      ),
  };
}

const newSubject = (): Subject => ({
  fault: undefined,
  seenAt: Number.NEGATIVE_INFINITY,
  logged: null,
  raisedAt: Number.NEGATIVE_INFINITY,
  tenantId: undefined,
  written: Promise.resolve(),
});

const nameAlert = (subject: string): string => `configuration:${subject}`;
