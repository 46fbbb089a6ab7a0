import { expect, it } from "vitest";
import type { TurnScope } from "../../../db/conversations/transcript.ts";
import { createTurnMemory } from "../../../db/turns/turn-memory.ts";
import { eventually } from "../../support/eventually.ts";

const KEEP_MS = 40;

it("a turn that no step asks for again leaves the memory at the end of its time", async () => {
  const memory = createTurnMemory({ maxTurns: 10, maxBytes: 100_000, keepMs: KEEP_MS });
  const scope = { turnId: "continued elsewhere" } as TurnScope;
  memory.remember({ version: 1, nextSeq: 1, scope, context: null, response: null, parts: null });
  expect(memory.count()).toBe(1);
  await eventually("an empty memory", async () => memory.count() === 0, 5_000);
});

it("the timers of the memory keep no process alive", () => {
  const timers = process.getActiveResourcesInfo().length;
  const memory = createTurnMemory();
  const scope = { turnId: "in hand" } as TurnScope;
  memory.remember({ version: 1, nextSeq: 1, scope, context: null, response: null, parts: null });
  expect(process.getActiveResourcesInfo()).toHaveLength(timers);
});
