import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { identify, isAlive } from "../../../infra/sandbox/processes/process-identity.ts";
import { silentProgress } from "../../../infra/sandbox/progress.ts";
import { startSandbox } from "../../../infra/sandbox/sandbox.ts";
import { eventually } from "../../support/eventually.ts";

const HOLD_SANDBOX = fileURLToPath(new URL("../../support/hold-sandbox.ts", import.meta.url));
const options = { progress: silentProgress, ports: "free" } as const;
const folders: string[] = [];
const dataFolder = () => {
  folders.push(mkdtempSync(join(tmpdir(), "parley-sandbox-")));
  return folders.at(-1) ?? "";
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function launch(dataDir: string): Promise<{ child: ChildProcess; pids: number[] }> {
  const child = spawn(process.execPath, [HOLD_SANDBOX, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.stdout.once("data", (line: Buffer) =>
      resolve({ child, pids: (JSON.parse(line.toString()) as { pids: number[] }).pids }),
    );
    child.once("exit", (code) => reject(new Error(`The launcher ended with ${code}.`)));
  });
}

describe("the sandbox", () => {
  it("ends with its launcher, also after kill -9, and the next start finds its data", async () => {
    const dataDir = dataFolder();
    const { child, pids } = await launch(dataDir);
    const identities = pids.map(identify);
    expect(identities.every(isAlive)).toBe(true);
    child.kill("SIGKILL");
    await eventually("everything ended", async () => !identities.some(isAlive));
    const sandbox = await startSandbox({ dataDir, ...options });
    const client = new pg.Client({ connectionString: sandbox.env["DATABASE_URL"] });
    await client.connect();
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await client.end();
    await sandbox.stop();
  });

  it("refuses a second launcher on the same folder with one sentence that names the first", async () => {
    const dataDir = dataFolder();
    const { child, pids } = await launch(dataDir);
    await expect(startSandbox({ dataDir, ...options })).rejects.toThrow(
      new RegExp(`process ${child.pid}\\) is running on this data folder`),
    );
    child.kill("SIGKILL");
    await eventually("everything ended", async () => !pids.map(identify).some(isAlive));
  });

  it("the next start ends the processes of a launcher when its reaper was killed too", async () => {
    const dataDir = dataFolder();
    const orphan = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    const left = identify(orphan.pid ?? 0);
    const record = { launcher: { pid: 999_999_999, start: "1" }, children: [{ name: "sleep", ...left }] };
    writeFileSync(join(dataDir, "run.json"), JSON.stringify(record));
    const notes: string[] = [];
    const sandbox = await startSandbox({
      dataDir,
      ...options,
      progress: { ...silentProgress, note: (text) => notes.push(text) },
    });
    expect(notes).toEqual(["Ended sleep, left over from a run that was killed"]);
    await eventually("the orphan ended", async () => !isAlive(left));
    expect(JSON.parse(readFileSync(join(dataDir, "run.json"), "utf8"))).toMatchObject({
      launcher: { pid: process.pid },
    });
    await sandbox.stop();
  });
});
