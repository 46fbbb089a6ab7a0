import { expect, it } from "vitest";
import type { Fault } from "../../../../infra/runtime/faults/fault.ts";
import { createFaultReports } from "../../../../infra/runtime/faults/report-faults.ts";
import { eventually } from "../../../support/eventually.ts";

const WRONG: Fault = {
  kind: "configuration",
  service: "postgres",
  code: "postgres.password_refused",
  cause: "The password was refused.",
  fix: "Correct DATABASE_URL.",
};

function open() {
  const lines: object[] = [];
  const alerts = new Map<string, { detail: string; tenantId?: string | undefined }>();
  let writes = 0;
  let now = 1_000_000;
  const reports = createFaultReports({
    log: { error: (details) => lines.push(details) },
    alerts: {
      async raise({ name, ...alert }) {
        writes++;
        alerts.set(name, alert);
      },
      async clear(name) {
        writes++;
        alerts.delete(name);
      },
    },
    now: () => now,
  });
  return { reports, lines, alerts, writes: () => writes, pass: (ms: number) => (now += ms) };
}

it("a wrong configuration is one error line and one alert in a minute, however many calls meet it", async () => {
  const { reports, lines, alerts, writes, pass } = open();
  const place = { activity: "admit", attempt: 3, workflowId: "msg:1" };
  for (let i = 0; i < 100; i++) reports.note("activity/admit", WRONG, place);
  await eventually("the alert", async () => alerts.size === 1);
  expect(lines).toEqual([
    { subject: "activity/admit", code: WRONG.code, cause: WRONG.cause, fix: WRONG.fix, ...place },
  ]);
  pass(60_000);
  reports.note("activity/admit", WRONG, place);
  await eventually("the renewed alert", async () => writes() === 2);
  expect(lines).toHaveLength(2);
});

it("an outage is neither an alert nor an error line", () => {
  const { reports, lines, writes } = open();
  reports.note("redis", { ...WRONG, kind: "outage" });
  expect([lines.length, writes(), reports.current().length]).toEqual([0, 0, 0]);
});

it("a fault that comes and goes is logged once a minute", () => {
  const { reports, lines } = open();
  for (let i = 0; i < 10; i++) {
    reports.note("activity/deliver", WRONG);
    reports.noteRecovery("activity/deliver");
  }
  expect(lines).toHaveLength(1);
});

it("a success ends the alert, unless the fault was met just before", async () => {
  const { reports, alerts, pass } = open();
  reports.note("activity/deliver", WRONG);
  reports.noteRecovery("activity/deliver", 10_000);
  await eventually("the alert", async () => alerts.size === 1);
  expect(reports.current()).toEqual([WRONG]);
  pass(10_000);
  reports.noteRecovery("activity/deliver", 10_000);
  await eventually("the end of the alert", async () => alerts.size === 0);
  expect(reports.current()).toEqual([]);
});

it("a success of a call that has not failed writes nothing", () => {
  const { reports, writes } = open();
  reports.noteRecovery("account/twilio-sms/main");
  expect(writes()).toBe(0);
});

it("an account's fault is reported to its tenant", async () => {
  const { reports, alerts } = open();
  reports.note("account/webhook/main", WRONG, { tenantId: "acme" });
  await eventually("the alert", async () => alerts.size === 1);
  expect([...alerts.values()]).toEqual([
    {
      detail: "The password was refused. Correct DATABASE_URL. [postgres.password_refused]",
      tenantId: "acme",
    },
  ]);
});
