import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { arrivalsIn, type FailpointOrder } from "../../../infra/runtime/failpoint.ts";
import { eventually } from "../../support/eventually.ts";

const MODULE = new URL("../../../infra/runtime/failpoint.ts", import.meta.url).href;

let folder: string;
const armedPath = () => join(folder, "armed");
const log = () => join(folder, "log");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-failpoint-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function order(wanted: Partial<FailpointOrder> = {}): void {
  const whole: FailpointOrder = {
    points: ["after_gate_commit"],
    arrivals: 1,
    act: "die",
    log: log(),
    ...wanted,
  };
  writeFileSync(armedPath(), JSON.stringify(whole));
}

/** A process that passes the given points, one after the other or concurrently, and prints "through" if it survives. */
function run(passes: string, env: Record<string, string> = { PARLEY_FAILPOINT: folder }) {
  const code = `import { failpoint } from ${JSON.stringify(MODULE)}; ${passes}; console.log("through");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    env: { PATH: process.env["PATH"], ...env },
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
  });
  const said: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  const ended = once(child, "close").then(([code_, signal]) => ({
    code: code_ as number | null,
    signal: signal as string | null,
    said: said.join("").trim(),
  }));
  return { pid: child.pid, ended };
}

const arrivals = () => arrivalsIn(log());

describe("a failpoint", () => {
  it("does nothing if PARLEY_FAILPOINT is not set, also if the folder contains an order", async () => {
    order();
    const passes = `if (failpoint("after_gate_commit") !== undefined) throw new Error("It is on.")`;
    expect(await run(passes, {}).ended).toMatchObject({ code: 0, said: "through" });
    expect(arrivals()).toEqual([]);
  });

  it("lets everybody pass while nothing is ordered, and for an order of another point", async () => {
    expect(await run(`await failpoint("after_gate_commit")`).ended).toMatchObject({
      code: 0,
      said: "through",
    });
    order({ points: ["after_vendor_acceptance"] });
    expect(await run(`await failpoint("after_gate_commit")`).ended).toMatchObject({
      code: 0,
      said: "through",
    });
    expect(existsSync(armedPath())).toBe(true);
  });

  it("writes its line, removes the order and kills its own process", async () => {
    order();
    const { pid, ended } = run(`await failpoint("after_gate_commit")`);
    expect(await ended).toEqual({ code: null, signal: "SIGKILL", said: "" });
    expect(arrivals()).toMatchObject([{ point: "after_gate_commit", pid }]);
    expect(existsSync(armedPath())).toBe(false);
  });

  it("fires once: a process that is started again passes it", async () => {
    order();
    expect((await run(`await failpoint("after_gate_commit")`).ended).signal).toBe("SIGKILL");
    expect(await run(`await failpoint("after_gate_commit")`).ended).toMatchObject({
      code: 0,
      said: "through",
    });
    expect(arrivals()).toHaveLength(1);
  });

  it("gathers as many arrivals as were ordered, none of which gets past it", async () => {
    order({ arrivals: 3 });
    const pass = `failpoint("after_gate_commit").then(() => console.log("past"))`;
    const late = `new Promise((resolve) => setTimeout(resolve, 800)).then(() => ${pass})`;
    const { ended } = run(`await Promise.all([${pass}, ${pass}, ${late}])`);
    expect(await ended).toEqual({ code: null, signal: "SIGKILL", said: "" });
    expect(arrivals()).toHaveLength(3);
  });

  it("keeps one at each of several points and lets the next one on to the next", async () => {
    order({ points: ["after_gate_commit", "after_vendor_acceptance"] });
    const way = `(async () => { await failpoint("after_gate_commit"); await failpoint("after_vendor_acceptance"); console.log("past"); })()`;
    const { ended } = run(`await Promise.all([${way}, ${way}])`);
    expect(await ended).toEqual({ code: null, signal: "SIGKILL", said: "" });
    expect(arrivals().map(({ point }) => point)).toEqual(["after_gate_commit", "after_vendor_acceptance"]);
  });

  it("holds each call until the order is removed", async () => {
    order({ act: "hold", arrivals: 2 });
    const { ended } = run(
      `await Promise.all([failpoint("after_gate_commit"), failpoint("after_gate_commit")])`,
    );
    const after = ended.then((end) => ({ ...end, wasHeld: !existsSync(armedPath()) }));
    await eventually("arrivals", () => Promise.resolve(arrivals().length === 2));
    await new Promise((resolve) => setTimeout(resolve, 300));
    rmSync(armedPath());
    expect(await after).toMatchObject({ code: 0, said: "through", wasHeld: true });
  });

  it("is refused in production", async () => {
    const { code, said } = await run("", { PARLEY_FAILPOINT: folder, NODE_ENV: "production" }).ended;
    expect(code).not.toBe(0);
    expect(said).toContain("PARLEY_FAILPOINT");
  });
});
