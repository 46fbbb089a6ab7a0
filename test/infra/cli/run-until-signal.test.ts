import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { STOPPED_MESSAGE } from "../../../infra/runtime/log-messages.ts";

/** The log lines and the exit code of a process with one service, in which `script` runs. */
function runService(script: string) {
  const source = `
    import { runUntilSignal } from "./infra/cli/run-until-signal.ts";
    import { createLog } from "./infra/runtime/log.ts";
    const log = createLog({ level: "info", name: "test" });
    const work = new Promise((resolve) => setTimeout(resolve, 100));
    const ended = Promise.withResolvers();
    const service = {
      finished: ended.promise,
      stop: async () => {
        await work;
        log.info("the work under way is done");
        ended.resolve();
        // A worker closes its connections after its end.
        await new Promise(setImmediate);
      },
    };
    void runUntilSignal([service], { graceMs: 20_000, log });
    ${script}`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", source], {
    encoding: "utf8",
  });
  const lines = stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as object]));
  return { lines, stderr, status };
}

it.each([
  ["an error that no code handles", `setTimeout(() => { throw new Error("odd"); });`],
  ["a promise without a handler", `void Promise.reject(new Error("odd"));`],
  [
    "an error event without a listener",
    `import("node:stream").then(({ Duplex }) => new Duplex().destroy(new Error("odd")));`,
  ],
  ["two such errors", `for (const ms of [0, 1]) setTimeout(() => { throw new Error("odd"); }, ms);`],
])(
  "%s is logged with its cause, and the process ends after the work under way, with code 1",
  (_name, script) => {
    const { lines, stderr, status } = runService(script);
    expect(lines[0]).toMatchObject({
      level: "fatal",
      msg: "an error was not handled, the process ends",
      err: { message: "odd", stack: expect.anything() as unknown },
    });
    expect(lines).toContainEqual(expect.objectContaining({ msg: "the work under way is done" }));
    expect(lines.at(-1)).toMatchObject({ msg: STOPPED_MESSAGE });
    expect({ stderr, status }).toEqual({ stderr: "", status: 1 });
  },
);

it("the end of a service is a failure only before the process was asked to end", () => {
  const fatal = expect.objectContaining({ level: "fatal", msg: "a service ended unexpectedly" }) as unknown;
  const asked = runService(`process.kill(process.pid, "SIGTERM");`);
  expect(asked.lines).not.toContainEqual(fatal);
  expect(asked.lines.at(-1)).toMatchObject({ msg: STOPPED_MESSAGE });
  expect(asked.status).toBe(0);
  const unasked = runService(`ended.resolve();`);
  expect(unasked.lines[0]).toEqual(fatal);
  expect(unasked.status).toBe(1);
});
