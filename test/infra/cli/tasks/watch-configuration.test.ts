import { expect, it } from "vitest";
import {
  createMisconfiguration,
  type Finding,
  reportFaults,
  reportOk,
} from "../../../../infra/cli/doctor/check.ts";
import type { ProcessCheck, ProcessRole } from "../../../../infra/cli/doctor/create-checks.ts";
import { watchConfiguration } from "../../../../infra/cli/tasks/watch-configuration.ts";
import { createUnavailable } from "../../../../infra/runtime/faults/network-faults.ts";
import { createFaultReports } from "../../../../infra/runtime/faults/report-faults.ts";
import { eventually } from "../../../support/eventually.ts";
import { configAt } from "../doctor/local-servers.ts";

const WRONG = reportFaults([
  createMisconfiguration("model", ["key_refused", "The key was refused.", "Set it."]),
]);

function openWatch(
  findings: Record<string, Finding>,
  roles: readonly ProcessRole[] = ["main"],
  env: Record<string, string> = {},
) {
  const made: string[] = [];
  const checks: ProcessCheck[] = Object.keys(findings).map((name) => ({
    usedBy: name === "Public URL" ? ["ingress"] : ["main"],
    check: {
      name,
      service: "model",
      run: async () => {
        made.push(name);
        return findings[name] ?? reportOk("It works.");
      },
    },
  }));
  const reports = createFaultReports({
    log: { error: () => undefined },
    alerts: { raise: async () => undefined, clear: async () => undefined },
  });
  const watch = watchConfiguration(configAt(1, env), { reports, roles, checks, everyMs: 5 });
  return { watch, reports, made };
}

it("a wrong configuration that a check finds at the start is known to /readyz, and ends when the check passes", async () => {
  const findings: Record<string, Finding> = { OpenAI: WRONG };
  const { watch, reports, made } = openWatch(findings);
  await watch.settled();
  expect(reports.current()).toMatchObject([{ code: "model.key_refused", kind: "configuration" }]);
  findings["OpenAI"] = reportOk("It works.");
  await eventually("the end of the fault", async () => reports.current().length === 0);
  const paid = made.length;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(made).toHaveLength(paid);
  await watch.stop();
});

it("an outage at the start is no wrong configuration, and its check is made again", async () => {
  const { watch, reports, made } = openWatch({ OpenAI: reportFaults([createUnavailable("model")]) });
  await eventually("another check", async () => made.length > 2);
  expect(reports.current()).toEqual([]);
  await watch.stop();
});

it("a process checks the services that it uses and no others", async () => {
  const { watch, made } = openWatch({ OpenAI: WRONG, "Public URL": WRONG }, ["ingress"]);
  await watch.settled();
  expect(made).toEqual(["Public URL"]);
  await watch.stop();
});

it("a call that was refused after the start has its check made again, and a check that passes ends its report", async () => {
  const { watch, reports, made } = openWatch({ OpenAI: reportOk("It works.") });
  await watch.settled();
  expect(made).toEqual(["OpenAI"]);
  const [refused] = WRONG.faults;
  if (refused !== undefined) reports.note("model/gpt-4o-mini", refused);
  await eventually("the end of the fault", async () => reports.current().length === 0);
  expect(made.length).toBeGreaterThan(1);
  await watch.stop();
});

it("an installation without checks at the start makes none", async () => {
  const { watch, made } = openWatch({ OpenAI: WRONG }, ["main"], { PARLEY_CHECK_AT_START: "false" });
  await watch.settled();
  await watch.stop();
  expect(made).toEqual([]);
});
