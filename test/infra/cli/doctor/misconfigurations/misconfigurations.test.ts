import { afterAll, beforeAll, expect, it } from "vitest";
import { runDoctor } from "../../../../../infra/cli/doctor/run-doctor.ts";
import { type Config, ConfigError, loadConfig } from "../../../../../infra/runtime/config/config.ts";
import { eventually } from "../../../../support/eventually.ts";
import { type Installation, openInstallation } from "../../../../support/open-installation.ts";
import { CHANNELS_PLANTED } from "./planted-channels.ts";
import { MODELS_PLANTED } from "./planted-models.ts";
import { PROCESSES_PLANTED } from "./planted-processes.ts";
import { STORES_PLANTED } from "./planted-stores.ts";

/** One table: each of them is planted in an installation that is in order. */
const PLANTED = [...STORES_PLANTED, ...PROCESSES_PLANTED, ...MODELS_PLANTED, ...CHANNELS_PLANTED];

/** A busy machine needs more than the doctor's own limits. */
const LIMIT = { limitMs: 30_000 };
let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
afterAll(() => parley.close());

/** The settings of the installation, with the ingress at its real port. */
function readSettings(planted: Record<string, string>): Config | ConfigError {
  const { port } = new URL(parley.url);
  try {
    return loadConfig({ ...parley.env, PUBLIC_BASE_URL: parley.url, PORT: port, ...planted });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

it("the installation is in order before anything is planted", async () => {
  const report = await eventually("the pollers of each queue", async () => {
    const found = await runDoctor(readSettings({}), LIMIT);
    return found.checks.find(({ name }) => name === "Workers")?.ok === true ? found : null;
  });
  expect(report.findings).toEqual([]);
  expect(report.ok).toBe(true);
});

it("there are at least 25 planted misconfigurations, each with a name of its own", () => {
  expect(PLANTED.length).toBeGreaterThanOrEqual(25);
  expect(new Set(PLANTED.map(({ name }) => name)).size).toBe(PLANTED.length);
});

it.each(PLANTED)("doctor names $name as $code, with the way out, and not as an outage", async (planted) => {
  const report = await runDoctor(readSettings(await planted.plant(parley)), LIMIT);
  expect(report.ok).toBe(false);
  const own = report.findings.filter(({ check }) => check === planted.check);
  expect(own).toContainEqual({
    check: planted.check,
    kind: "configuration",
    code: planted.code,
    detail: expect.stringMatching(/\.$/),
    fix: expect.stringContaining(planted.fix),
  });
  expect(report.findings.filter(({ kind }) => kind === "outage")).toEqual([]);
  expect(JSON.stringify(report)).not.toMatch(/secret-password|redis-password|limited-password/);
});
