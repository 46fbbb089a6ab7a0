import { createServer } from "node:net";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { freePorts } from "../../../infra/sandbox/ports.ts";
import { choosePorts, SANDBOX_PORTS } from "../../../infra/sandbox/sandbox-ports.ts";

/** Settings with which every port of the sandbox is a free one. */
async function stubFreePorts(): Promise<Record<string, number>> {
  onTestFinished(() => void vi.unstubAllEnvs());
  const settings = Object.values(SANDBOX_PORTS).map(({ setting }) => setting);
  const ports = await freePorts(settings.length);
  for (const [i, setting] of settings.entries()) vi.stubEnv(setting, String(ports[i]));
  return Object.fromEntries(settings.map((setting, i) => [setting, ports[i] ?? 0]));
}

async function listenOn(port: number): Promise<void> {
  const server = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
}

describe("the fixed ports of the sandbox", () => {
  it("are those of the settings", async () => {
    const ports = await stubFreePorts();
    expect(Object.values(await choosePorts("fixed"))).toEqual(Object.values(ports));
  });

  it("are reported all at once when several are in use, with the ports of the caller", async () => {
    const ports = await stubFreePorts();
    const [other = 0] = await freePorts(1);
    const taken = [ports["PARLEY_DEV_REDIS_PORT"] ?? 0, ports["PARLEY_DEV_SLACK_PORT"] ?? 0, other];
    await Promise.all(taken.map(listenOn));
    const chosen = choosePorts("fixed", [{ port: other, service: "Parley", setting: "PORT" }]);
    await expect(chosen).rejects.toThrow(
      `3 ports are in use:\n  ${taken[0]} for Redis: PARLEY_DEV_REDIS_PORT\n  ${taken[1]} for the Slack fake: PARLEY_DEV_SLACK_PORT\n  ${other} for Parley: PORT\n`,
    );
  });

  it("may be in use where an existing server takes the place of ours", async () => {
    const ports = await stubFreePorts();
    vi.stubEnv("REDIS_URL", "redis://127.0.0.1:6379");
    await listenOn(ports["PARLEY_DEV_REDIS_PORT"] ?? 0);
    await expect(choosePorts("fixed")).resolves.toBeDefined();
  });

  it("a misspelt setting is an error that lists the settings", async () => {
    await stubFreePorts();
    vi.stubEnv("PARLEY_DEV_REDIS_PROT", "7000");
    await expect(choosePorts("fixed")).rejects.toThrow(
      /^PARLEY_DEV_REDIS_PROT: no such setting\..*PARLEY_DEV_REDIS_PORT/,
    );
  });
});

it(".env.example lists the port settings of the sandbox with their defaults", () => {
  const example = readFileSync(new URL("../../../.env.example", import.meta.url), "utf8");
  const listed = [...example.matchAll(/^# (PARLEY_DEV_\w+)=(\d+)/gm)].map(([, name, port]) => [name, port]);
  expect(listed).toEqual(Object.values(SANDBOX_PORTS).map(({ setting, port }) => [setting, String(port)]));
});
