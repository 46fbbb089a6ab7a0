import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline/promises";
import type { Readable } from "node:stream";
import { once } from "node:events";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  readFixedPort,
  freePort,
  freePorts,
  isListening,
  requireFreePorts,
} from "../../../infra/sandbox/ports.ts";
import { UserError } from "../../../infra/runtime/errors.ts";

const UI = { service: "the Temporal UI", setting: "PARLEY_DEV_UI_PORT" };

async function readLine(stream: Readable): Promise<string> {
  for await (const line of createInterface(stream)) return line;
  throw new Error("The process has printed no line.");
}

async function listenOn(port: number): Promise<void> {
  const server = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
}

describe("ports", () => {
  it("found together are all free and all different", async () => {
    const ports = await freePorts(50);
    expect(new Set(ports).size).toBe(50);
    expect(await Promise.all(ports.map(isListening))).toEqual(ports.map(() => false));
  });

  it("ports that two processes find at the same time are different", async () => {
    const module = new URL("../../../infra/sandbox/ports.ts", import.meta.url).href;
    const script = `const { freePorts } = await import(${JSON.stringify(module)}); console.log(JSON.stringify(await freePorts(2_000)));
      process.stdin.resume().on("end", () => process.exit(0));`;
    const children = [1, 2].map(() =>
      spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "pipe" }),
    );
    const ports = await Promise.all(
      children.map(async (child) => JSON.parse(await readLine(child.stdout)) as number[]),
    );
    for (const child of children) child.stdin.end();
    const all = ports.flat();
    expect(all).toHaveLength(4_000);
    expect(new Set(all).size).toBe(4_000);
  });

  it("one port in use is reported in one sentence with the number, the service and the setting", async () => {
    const port = await freePort();
    await expect(requireFreePorts([{ ...UI, port }])).resolves.toBeUndefined();
    await listenOn(port);
    const refused = requireFreePorts([{ ...UI, port }]);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(
      new RegExp(
        `^Port ${port} for the Temporal UI is in use: .* set PARLEY_DEV_UI_PORT to another port\\.$`,
      ),
    );
  });

  it("several ports in use are reported together", async () => {
    const [first = 0, second = 0, free = 0] = await freePorts(3);
    await Promise.all([listenOn(first), listenOn(second)]);
    const uses = [
      { ...UI, port: first },
      { port: free, service: "Redis", setting: "PARLEY_DEV_REDIS_PORT" },
      { port: second, service: "Parley", setting: "PORT" },
    ];
    await expect(requireFreePorts(uses)).rejects.toThrow(
      `2 ports are in use:\n  ${first} for the Temporal UI: PARLEY_DEV_UI_PORT\n  ${second} for Parley: PORT\nEnd`,
    );
  });

  it("come from their setting, else they are the usual ones", () => {
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(readFixedPort("PARLEY_DEV_UI_PORT", 8233)).toBe(8233);
    vi.stubEnv("PARLEY_DEV_UI_PORT", "9000");
    expect(readFixedPort("PARLEY_DEV_UI_PORT", 8233)).toBe(9000);
    vi.stubEnv("PARLEY_DEV_UI_PORT", "");
    expect(readFixedPort("PARLEY_DEV_UI_PORT", 8233)).toBe(8233);
  });

  it.each(["http", "0", "65536", "80.5", "-1"])("refuse the setting %j with the rule", (value) => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("PARLEY_DEV_UI_PORT", value);
    expect(() => readFixedPort("PARLEY_DEV_UI_PORT", 8233)).toThrow(
      `PARLEY_DEV_UI_PORT is "${value}": it must be a port, a whole number from 1 to 65535.`,
    );
  });
});
