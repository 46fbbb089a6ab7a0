import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { changedWorkflows } from "../../../../replay/changed-workflows.ts";
import { awaitWorkers } from "../../environment/await-pollers.ts";
import type { RoundContext } from "../round-context.ts";

const CHANGED_WORKER = fileURLToPath(new URL("../../campaigns/deploys/changed-worker.ts", import.meta.url));
const BAD = "bad-release";
/** The first statement of the workflow that answers a message. */
const FIRST_STEP = "let turnId: string | null = null;";

/** A release whose workflow code throws replaces all workers, and is rolled back. Nothing that was under way may be lost by it. */
export async function injectBadRelease(context: RoundContext, forMs: number): Promise<number> {
  const { faultSandbox, processes, edges, temporal } = context;
  const workers = processes.filter(({ args }) => args[0] === "worker" && args.includes("main"));
  const bad = changedWorkflows([
    {
      file: "message.ts",
      find: FIRST_STEP,
      put: `${FIRST_STEP} if (steps !== null) throw new TypeError("a bug of this release");`,
    },
  ]);
  try {
    for (const { name } of workers) await faultSandbox.sandbox.end(name);
    await faultSandbox.sandbox.start({
      name: BAD,
      command: process.execPath,
      args: [CHANGED_WORKER, bad.entry],
      env: { ...faultSandbox.env, ...edges.envOf("worker") },
      isReady: async () => true,
    });
    await sleep(forMs);
    await faultSandbox.sandbox.end(BAD);
    for (const worker of workers) await faultSandbox.startProcess(worker);
    await awaitWorkers(faultSandbox, temporal);
    return 1;
  } finally {
    bad.remove();
  }
}
