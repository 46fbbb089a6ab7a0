import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import vm from "node:vm";
import { expect, it } from "vitest";
import { SCOPE_SWITCH } from "../../../../infra/runtime/patches/scope-switch.ts";

const LEAN = new URL("../../../../infra/runtime/patches/lean-sandbox.ts", import.meta.url).href;

/** A process that calls into a sandbox as the SDK does. */
function callInto(script: string, after = "") {
  const code = `import { leanSandbox } from ${JSON.stringify(LEAN)}; import vm from "node:vm"; leanSandbox();
    new vm.Script(${JSON.stringify(script)}).runInContext(vm.createContext({}), { timeout: 5_000 }); ${after}`;
  return spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "pipe"] });
}

it("ends the process where a call never comes back, and says so", async () => {
  const child = callInto("for (;;);");
  const [[code, signal], said] = await Promise.all([once(child, "exit"), text(child.stderr)]);
  expect([code, signal]).toEqual([null, "SIGKILL"]);
  expect(said).toContain("Workflow code did not come back");
}, 30_000);

it("lets a process live whose calls come back, and end when it has no more to do", async () => {
  const child = callInto("1 + 1", "setTimeout(() => console.log('alive'), 8_000);");
  const [[code], said] = await Promise.all([once(child, "exit"), text(child.stdout)]);
  expect([code, said.trim()]).toEqual([0, "alive"]);
}, 30_000);

it("gives each run the globals it set, and none of another's", () => {
  const context = vm.createContext({});
  vm.runInContext(SCOPE_SWITCH, context);
  vm.runInContext(
    "globalThis.__TEMPORAL__ = { api: { set: (name, value) => { globalThis[name] = value; }, get: (name) => globalThis[name] } }",
    context,
  );
  const bag = vm.runInContext(
    "Object.getOwnPropertyDescriptors(globalThis)",
    context,
  ) as PropertyDescriptorMap;
  const run = () => {
    const holder = { bag };
    return (fn: "get" | "set", ...args: unknown[]): unknown => {
      context["__temporal_args"] = [holder, fn, args];
      return vm.runInContext("__TEMPORAL_CALL_INTO_SCOPE()", context);
    };
  };
  const [one, two, three] = [run(), run(), run()];
  one("set", "Date", "one's");
  two("set", "Date", "two's");
  two("set", "only", "two's");
  expect([one("get", "Date"), one("get", "only")]).toEqual(["one's", undefined]);
  expect([two("get", "Date"), two("get", "only")]).toEqual(["two's", "two's"]);
  expect(three("get", "Date")).toBe(bag["Date"]?.value);
  one("set", "Date", "again");
  expect([two("get", "Date"), one("get", "Date")]).toEqual(["two's", "again"]);
});
