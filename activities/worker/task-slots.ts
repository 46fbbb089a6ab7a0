import { getHeapStatistics } from "node:v8";
import type { CustomSlotSupplier, SlotPermit, WorkerTuner, WorkflowSlotInfo } from "@temporalio/worker";
import { MAX_WAITING } from "../answer/model/call-place.ts";
import type { WaitingTasks } from "../answer/model/local-calls.ts";

/*
 * A workflow task lasts as long as its local activities. With a local model call it lasts for seconds and uses no CPU, so the usual number
 * of slots would limit a process to a few messages a second. With hundreds of plain slots a process takes hundreds of tasks at once, and
 * the message of a calm tenant waits for all of them. So a task that waits for a model does not count: the others are as few as before.
 */

/** The SDK's usual number of workflow tasks. */
const MAX_WORKING = 40;
/** Above this part of the heap, tasks that wait count too. */
const HEAP_LIMIT = 0.8;
/** A task has one local activity at a time, so the slots of the tasks limit these as well. */
const LOCAL_ACTIVITIES = MAX_WORKING + MAX_WAITING + 60;

/** The slots of a worker that runs workflows. */
export function createTuner(waiting: WaitingTasks, activitySlots: number): WorkerTuner {
  return {
    workflowTaskSlotSupplier: createTaskSlots(waiting),
    activityTaskSlotSupplier: { type: "fixed-size", numSlots: activitySlots },
    localActivityTaskSlotSupplier: { type: "fixed-size", numSlots: LOCAL_ACTIVITIES },
    nexusTaskSlotSupplier: { type: "fixed-size", numSlots: 1 },
  };
}

interface Poller {
  grant(permit: SlotPermit): void;
}

const PERMIT: SlotPermit = {};

/** Slots for workflow tasks. A slot is in use from the poll on, as with the suppliers of the SDK. */
export function createTaskSlots(
  waiting: WaitingTasks,
  isMemoryShort: () => boolean = isHeapNearlyFull,
): CustomSlotSupplier<WorkflowSlotInfo> {
  /** Oldest first. */
  const pollers = new Set<Poller>();
  let used = 0;

  function isFree(): boolean {
    if (used < MAX_WORKING) return true;
    const uncounted = isMemoryShort() ? 0 : Math.min(waiting.count(), MAX_WAITING);
    return used - uncounted < MAX_WORKING;
  }

  function serve(): void {
    for (const poller of pollers) {
      if (!isFree()) return;
      pollers.delete(poller);
      used++;
      poller.grant(PERMIT);
    }
  }

  function release(): void {
    used--;
    serve();
  }

  waiting.onChange(serve);

  return {
    type: "custom",
    async reserveSlot(_context, abortSignal) {
      abortSignal.throwIfAborted();
      return await new Promise<SlotPermit>((resolve, reject) => {
        const poller = { grant: resolve };
        pollers.add(poller);
        abortSignal.addEventListener("abort", () => {
          if (pollers.delete(poller)) reject(abortSignal.reason as Error);
          // The SDK ends a request only before it has the permit, so it does not release this one itself.
          else release();
        });
        serve();
      });
    },
    /** For a workflow that starts in this process. It must not overtake the polls. */
    tryReserveSlot() {
      if (pollers.size > 0 || !isFree()) return null;
      used++;
      return PERMIT;
    },
    markSlotUsed: () => undefined,
    releaseSlot: release,
  };
}

function isHeapNearlyFull(): boolean {
  const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
  return usedBytes > HEAP_LIMIT * limitBytes;
}
