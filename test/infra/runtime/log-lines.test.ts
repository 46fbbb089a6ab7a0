import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createLogLines } from "../../../infra/runtime/log-lines.ts";

const LOG = fileURLToPath(new URL("../../../infra/runtime/log.ts", import.meta.url));
const SAYS_ALIVE = `
  const { createLog } = await import(${JSON.stringify(LOG)});
  const log = createLog({ level: "info", name: "test" });
  for (let i = 0; i < 3; i++) log.info("a line");
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.stderr.write("alive");
`;
/** Linux's disk that is always full. */
const FULL = "/dev/full";

it.runIf(process.platform === "linux")(
  "a process whose log is on a full disk goes on, and ends when it is done",
  () => {
    const full = openSync(FULL, "w");
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", SAYS_ALIVE], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
      timeout: 100_000,
    });
    closeSync(full);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "alive" });
  },
);

it.runIf(process.platform !== "win32")(
  "lines that could not be written are counted, and the count is the first thing that is written afterwards",
  () => {
    const path = join(tmpdir(), `log-lines-${process.pid}`);
    spawnSync("mkfifo", [path]);
    const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    rmSync(path);
    const lines = createLogLines(pipe);
    const read = () => {
      const buffer = Buffer.alloc(200_000);
      return buffer.subarray(0, readSync(pipe, buffer)).toString();
    };
    lines.write(`${"x".repeat(150_000)}\n`);
    lines.write("lost too\n");
    expect(read()).toMatch(/^x+$/);
    lines.write("kept\n");
    lines.write("and kept\n");
    const [end, note = "", ...rest] = read().split("\n");
    closeSync(pipe);
    expect(end).toBe("");
    expect(JSON.parse(note)).toMatchObject({ level: "warn", dropped: 2 });
    expect(rest).toEqual(["kept", "and kept", ""]);
  },
);
