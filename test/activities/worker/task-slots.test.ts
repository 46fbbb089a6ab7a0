import type { CustomSlotSupplier, SlotReserveContext, WorkflowSlotInfo } from "@temporalio/worker";
import { expect, it } from "vitest";
import { createTaskSlots } from "../../../activities/worker/task-slots.ts";

const WORKING = 40;
const WAITING = 200;
const context = {} as SlotReserveContext;
const idle = new AbortController().signal;

function openSlots({ isMemoryShort = (): boolean => false } = {}) {
  let count = 0;
  const listeners: (() => void)[] = [];
  const waiting = { count: () => count, onChange: (listener: () => void) => void listeners.push(listener) };
  const slots = createTaskSlots(waiting, isMemoryShort);
  let granted = 0;
  return {
    slots,
    granted: () => granted,
    setWaiting(tasks: number) {
      count = tasks;
      for (const listener of listeners) listener();
    },
    poll(signal = idle) {
      const permit = slots.reserveSlot(context, signal);
      permit.then(
        () => granted++,
        () => undefined,
      );
      return permit;
    },
    async settle() {
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function release(slots: CustomSlotSupplier<WorkflowSlotInfo>): void {
  slots.releaseSlot({ permit: {} });
}

it("forty tasks work at once, and the next one begins when one of them ends", async () => {
  const { slots, poll, granted, settle } = openSlots();
  for (let i = 0; i < WORKING + 2; i++) void poll();
  await settle();
  expect(granted()).toBe(WORKING);
  release(slots);
  await settle();
  expect(granted()).toBe(WORKING + 1);
});

it("a task that waits for a model does not count, up to a bound", async () => {
  const { poll, granted, settle, setWaiting } = openSlots();
  for (let i = 0; i < WORKING + WAITING + 50; i++) void poll();
  setWaiting(1);
  await settle();
  expect(granted()).toBe(WORKING + 1);
  setWaiting(WAITING + 30);
  await settle();
  expect(granted()).toBe(WORKING + WAITING);
});

it("tasks whose model has responded end before new ones begin", async () => {
  const { slots, poll, granted, settle, setWaiting } = openSlots();
  for (let i = 0; i < 200; i++) void poll();
  setWaiting(100);
  await settle();
  expect(granted()).toBe(WORKING + 100);
  setWaiting(0);
  for (let i = 0; i < 100; i++) release(slots);
  await settle();
  expect(granted()).toBe(WORKING + 100);
  release(slots);
  await settle();
  expect(granted()).toBe(WORKING + 101);
});

it("the tasks that wait count too while memory is short", async () => {
  let isShort = true;
  const { poll, granted, settle, setWaiting } = openSlots({ isMemoryShort: () => isShort });
  for (let i = 0; i < 100; i++) void poll();
  setWaiting(30);
  await settle();
  expect(granted()).toBe(WORKING);
  isShort = false;
  setWaiting(31);
  await settle();
  expect(granted()).toBe(WORKING + 31);
});

it("polls get their slots in their order, and an eager start does not overtake them", async () => {
  const { slots, poll, settle } = openSlots();
  const order: number[] = [];
  for (let i = 0; i < WORKING + 3; i++) void poll().then(() => order.push(i));
  await settle();
  expect(slots.tryReserveSlot(context)).toBeNull();
  for (let i = 0; i < 3; i++) release(slots);
  await settle();
  expect(order).toEqual(Array.from({ length: WORKING + 3 }, (_, i) => i));
  expect(slots.tryReserveSlot(context)).toBeNull();
  release(slots);
  expect(slots.tryReserveSlot(context)).not.toBeNull();
});

it("a poll that the SDK ends takes no slot, not even one that it was just granted", async () => {
  const { slots, poll, granted, settle } = openSlots();
  const [waits, gets] = [new AbortController(), new AbortController()];
  void poll(gets.signal);
  for (let i = 1; i < WORKING; i++) void poll();
  const ended = poll(waits.signal);
  void poll();
  await settle();
  waits.abort(new DOMException("Request Cancelled", "AbortError"));
  await expect(ended).rejects.toThrow("Request Cancelled");
  expect(granted()).toBe(WORKING);
  gets.abort(new DOMException("Request Cancelled", "AbortError"));
  await settle();
  expect(granted()).toBe(WORKING + 1);
  expect(slots.tryReserveSlot(context)).toBeNull();
});
