import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";

const LEAN_SANDBOX = new URL("../../../../infra/runtime/patches/lean-sandbox.ts", import.meta.url).href;

/** Workflow code as the SDK bundles it, as far as the sandbox calls it. */
const BUNDLE = `
  globalThis.__webpack_module_cache__;
  const api = {
    initRuntime: () => { globalThis.__TEMPORAL_ACTIVATOR__ = {}; },
    loop: () => { for (;;); },
    set: (name, value) => { globalThis[name] = value; },
    get: (name) => globalThis[name],
  };
  globalThis.__TEMPORAL__ = { api };
`;

/** A process with the patch, which creates runs as the SDK's worker does and then executes `script`. */
async function runInProcess(script: string) {
  const code = `
    import { installLeanSandbox } from ${JSON.stringify(LEAN_SANDBOX)};
    import { ReusableVMWorkflowCreator } from "@temporalio/worker/lib/workflow/reusable-vm.js";
    installLeanSandbox();
    const bundle = {
      code: ${JSON.stringify(BUNDLE)},
      filename: "bundle.js",
      sourceMap: { version: 3, sources: [], names: [], mappings: "" },
    };
    const creator = await ReusableVMWorkflowCreator.create(bundle, 5_000, new Set());
    const createRun = (runId) => creator.createWorkflow({ info: { runId } });
    ${script}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [[exitCode, signal], stdout, stderr] = await Promise.all([
    once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { exitCode, signal, stdout: stdout.trim(), stderr };
}

it("the process ends with a message when workflow code never returns", async () => {
  const { signal, stderr } = await runInProcess(`(await createRun("one")).workflowModule.loop();`);
  expect(stderr).toContain("Workflow code did not return");
  expect(signal).toBe("SIGKILL");
});

it("the watchdog leaves a process alone when its calls return, and does not keep the process alive", async () => {
  const { exitCode, stdout } = await runInProcess(
    `(await createRun("one")).workflowModule.get("Date"); setTimeout(() => console.log("alive"), 8_000);`,
  );
  expect([exitCode, stdout]).toEqual([0, "alive"]);
});

it("each run has the globals that it set before the first switch and those of no other run", async () => {
  const { stdout, stderr } = await runInProcess(`
    const { workflowModule: one } = await createRun("1");
    one.set("Date", "one's");
    const { workflowModule: two } = await createRun("2");
    two.set("Date", "two's");
    two.set("only", "two's");
    const { workflowModule: three } = await createRun("3");
    const before = [one, two].map((run) => [run.get("Date"), run.get("only") ?? null]);
    const untouched = typeof three.get("Date");
    one.set("Date", "changed");
    console.log(JSON.stringify({ before, untouched, after: [two.get("Date"), one.get("Date")] }));`);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({
    before: [
      ["one's", null],
      ["two's", "two's"],
    ],
    untouched: "function",
    after: ["two's", "changed"],
  });
});
