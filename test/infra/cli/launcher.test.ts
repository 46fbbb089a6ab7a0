import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, inject, it, onTestFinished } from "vitest";
import { freePort } from "../../../infra/sandbox/ports.ts";
import { eventually } from "../../support/eventually.ts";

const LAUNCHER = fileURLToPath(new URL("../../../infra/cli/parley.js", import.meta.url));

async function startApi() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, ...inject("sandboxEnv"), PORT: String(port), PUBLIC_BASE_URL: url };
  const launcher = spawn(process.execPath, [LAUNCHER, "api"], { env, stdio: "ignore" });
  onTestFinished(() => void launcher.kill("SIGKILL"));
  const isServing = async () =>
    await fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    );
  await eventually("the ingress", isServing);
  return { launcher, isServing };
}

it.each(["SIGTERM", "SIGINT"] as const)(
  "the installed command passes %s on, ends after its program, and a repetition of the signal does not cut the work off",
  async (signal) => {
    const { launcher, isServing } = await startApi();
    const ended = once(launcher, "exit");
    launcher.kill(signal);
    launcher.kill(signal);
    expect(await ended).toEqual([0, null]);
    expect(await isServing()).toBe(false);
  },
);
