import { expect, it, onTestFinished } from "vitest";
import { loadSandboxSecrets } from "../../../../infra/sandbox/sandbox-secrets.ts";
import { startFakes } from "../../../../infra/sandbox/fakes/start-fakes.ts";
import { createVendorSettings } from "../../../../infra/sandbox/vendor-settings.ts";
import { type DoctorReport, runDoctor } from "../../../../infra/cli/doctor/run-doctor.ts";
import type { CheckReport } from "../../../../infra/cli/doctor/check.ts";
import { type Config, ConfigError } from "../../../../infra/runtime/config/config.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { closedPort, configAt, KEY, SECRET_VALUES, silentPort } from "./local-servers.ts";

const TWILIO = {
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN: SECRET_VALUES.token,
  TWILIO_FROM: "+15550100200",
};

function findCheck({ checks }: DoctorReport, name: string): CheckReport {
  const found = checks.find((check) => check.name === name);
  if (found === undefined) throw new Error(`The report has no part ${name}.`);
  return found;
}

const twilioAt = (port: number) => ({ ...TWILIO, TWILIO_BASE_URL: `http://127.0.0.1:${port}` });
const redisAt = (port: number) => ({ REDIS_URL: `redis://:redis-password-value@127.0.0.1:${port}` });

const aboutChannels = (warnings: string[]) => warnings.filter((line) => line.startsWith("No channel"));

it("reports a configuration with errors alone, with all its problems", async () => {
  const error = new ConfigError([
    { variable: "PORT", message: "must be a number" },
    { variable: "REDIS_URL", message: "must be a URL" },
  ]);
  const { ok, checks } = await runDoctor(error);
  expect(ok).toBe(false);
  expect(checks).toMatchObject([
    {
      name: "configuration",
      ok: false,
      state: "missing",
      detail: "PORT must be a number. REDIS_URL must be a URL.",
    },
  ]);
});

it("the report names each unavailable service with its setting and without secrets", async () => {
  const port = await closedPort();
  const report = await runDoctor(configAt(port, { ...redisAt(port), ...twilioAt(port) }));
  expect(report.ok).toBe(false);
  expect(findCheck(report, "configuration").ok).toBe(true);
  const settings = {
    Temporal: "TEMPORAL_ADDRESS",
    PostgreSQL: "DATABASE_URL",
    OpenAI: "OPENAI_BASE_URL",
    Pinecone: "PINECONE_CONTROLLER_HOST",
    Twilio: "TWILIO_BASE_URL",
  };
  for (const [name, setting] of Object.entries(settings)) {
    const check = findCheck(report, name);
    expect(check, name).toMatchObject({ ok: false, state: "missing", version: null });
    expect(check.fix, name).toContain(setting);
    if (name !== "Temporal") expect(check.detail, name).toBe("No server listens at its address.");
  }
  expect(findCheck(report, "Temporal").detail).toContain(`127.0.0.1:${port}`);
  expect(findCheck(report, "Redis")).toMatchObject({
    ok: false,
    state: "degraded",
    detail: "No server listens at its address.",
  });
  const text = JSON.stringify(report);
  for (const secret of [...Object.values(SECRET_VALUES), "redis-password-value", KEY])
    expect(text).not.toContain(secret);
});

it("every check ends after the time limit when a service is silent", async () => {
  const port = await silentPort();
  const url = { PUBLIC_BASE_URL: `http://127.0.0.1:${port}` };
  const config = configAt(port, { ...redisAt(port), ...twilioAt(port), ...url });
  const report = await runDoctor(config, { limitMs: 250 });
  // Without PostgreSQL the targets of webhooks are those of the settings.
  const late = report.checks.filter(({ ok }) => !ok);
  for (const { name, detail } of late) expect(detail, name).toMatch(/respond/);
  expect(late.map(({ name }) => name)).toEqual([
    "Temporal",
    "PostgreSQL",
    "Workers",
    "Alerts",
    "Stored secrets",
    "Redis",
    "Public URL",
    "OpenAI",
    "Pinecone",
    "Twilio",
  ]);
});

it("finds Redis that is not set up degraded and still in order", async () => {
  const report = await quickly(configAt(await closedPort()));
  expect(findCheck(report, "Redis")).toMatchObject({ ok: true, state: "degraded", fix: null });
});

it("says of each vendor of a channel that is not set up that it is not configured, and in order", async () => {
  const report = await quickly(configAt(await closedPort()));
  for (const name of ["Twilio", "WhatsApp", "Messenger", "Instagram", "Telegram", "LINE", "Slack"])
    expect(findCheck(report, name)).toMatchObject({ ok: true, state: "not_configured", fix: null });
});

it("every channel with a fake is in order, except for the https that Telegram requires", async () => {
  const { urls, stop } = await startFakes({});
  onTestFinished(stop);
  const settings = createVendorSettings({}, loadSandboxSecrets(temporaryFolder()), urls);
  const report = await runDoctor(configAt(await closedPort(), settings), { limitMs: 30_000 });
  for (const name of ["Twilio", "WhatsApp", "Messenger", "Instagram", "LINE", "Slack"])
    expect(findCheck(report, name), name).toMatchObject({ ok: true, state: "ok" });
  expect(findCheck(report, "Telegram")).toMatchObject({ ok: true, state: "degraded", fix: null });
});

it("warns where no channel is set up", async () => {
  const port = await closedPort();
  expect(aboutChannels((await quickly(configAt(port))).warnings)).toHaveLength(1);
  expect(aboutChannels((await quickly(configAt(port, TWILIO))).warnings)).toHaveLength(0);
});

it("warns of unencrypted answers in production", async () => {
  const production = { NODE_ENV: "production", PUBLIC_BASE_URL: "https://chat.example.com" };
  const config = configAt(await closedPort(), { ...production, EGRESS_ALLOW_HTTP: "true" });
  expect((await quickly(config)).warnings).toContainEqual(expect.stringContaining("EGRESS_ALLOW_HTTP"));
});

/** For what needs no server: the check does not wait for servers that are unavailable. */
async function quickly(config: Config): Promise<DoctorReport> {
  return await runDoctor(config, { limitMs: 50 });
}
