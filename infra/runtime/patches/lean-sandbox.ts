import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import vm from "node:vm";
import {
  ReusableVMWorkflow,
  ReusableVMWorkflowCreator,
} from "@temporalio/worker/lib/workflow/reusable-vm.js";
import { GlobalHandlers } from "@temporalio/worker/lib/workflow/vm-shared.js";
import { checkPatch, type PatchTarget } from "./check-patch.ts";
import { beginSandboxCall, guardModule, guardSandboxCall } from "./sandbox-calls.ts";
import { SCOPE_SWITCH } from "./scope-switch.ts";

/*
 * The SDK's work around workflow code costs more CPU than the workflow itself. `debugMode` runs that code in the thread of the worker,
 * which saves some forty messages between threads for each message of a contact. This patch removes three more costs:
 *
 * - Node starts and joins a watchdog thread for the time limit of each call into the sandbox, some thirty times a message. Here no call
 *   has a limit of its own, and one thread watches all of them (`sandbox-watchdog.ts`).
 * - Every promise of workflow code gets a stack trace, for the `__stack_trace` query.
 * - Every switch between two runs saves and compares all globals (`scope-switch.ts`).
 *
 * docs/decisions/0002-lean-workflow-sandbox.md has the figures and the drawbacks, 0007 the rules for patches.
 */

const WRITTEN_FOR = "@temporalio/worker 1.24.0";

export const LEAN_SANDBOX_TARGETS: readonly PatchTarget[] = [
  {
    code: "lib/workflow/reusable-vm.js of @temporalio/worker",
    writtenFor: WRITTEN_FOR,
    fingerprint: "1f6ec7d347dee4b4",
    read: () =>
      readFileSync(
        createRequire(import.meta.url).resolve("@temporalio/worker/lib/workflow/reusable-vm.js"),
        "utf8",
      ),
  },
  {
    code: "class GlobalHandlers of @temporalio/worker",
    writtenFor: WRITTEN_FOR,
    fingerprint: "327ca805ef913847",
    read: () => GlobalHandlers,
  },
];

let isInstalled = false;

/** Makes the sandboxes that this process creates from now on lean. Workflow code that never returns ends the process. */
export function installLeanSandbox(): void {
  if (isInstalled) return;
  checkPatch("infra/runtime/patches/lean-sandbox.ts", LEAN_SANDBOX_TARGETS);
  isInstalled = true;
  // Without its hook the SDK makes no stack traces, as on a runtime that has no promise hooks.
  Object.assign(GlobalHandlers.prototype, { setPromiseHook: () => undefined });
  const create = ReusableVMWorkflowCreator.create;
  const createLean = (...given: Parameters<typeof create>) => create.call(LeanWorkflowCreator, ...given);
  Object.assign(ReusableVMWorkflowCreator, { create: createLean });
}

/** Node starts no watchdog thread for a call without a limit. */
const NO_LIMIT = undefined as unknown as number;
/** Only the SDK's script that switches the globals contains this text. */
const SWITCH_SCRIPT = "const __TEMPORAL_CALL_INTO_SCOPE =";

type CreatorArguments = ConstructorParameters<typeof ReusableVMWorkflowCreator>;

class LeanWorkflowCreator extends ReusableVMWorkflowCreator {
  constructor(...[script, bundle, _limit, ...rest]: CreatorArguments) {
    const endCall = beginSandboxCall();
    const runInContext = vm.runInContext;
    vm.runInContext = (code, context, options) =>
      runInContext(code.includes(SWITCH_SCRIPT) ? SCOPE_SWITCH : code, context, options);
    try {
      super(script, bundle, NO_LIMIT, ...rest);
    } finally {
      endCall();
      vm.runInContext = runInContext;
    }
  }

  override async createWorkflow(...given: Parameters<ReusableVMWorkflowCreator["createWorkflow"]>) {
    const workflow = await guardSandboxCall(() => super.createWorkflow(...given));
    if (!(workflow instanceof ReusableVMWorkflow)) throw new Error("The SDK gives runs of another class.");
    return Object.assign(workflow, { workflowModule: guardModule(workflow.workflowModule) });
  }
}
