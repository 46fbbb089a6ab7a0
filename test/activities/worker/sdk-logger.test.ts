import { expect, it } from "vitest";
import { createSdkLogger } from "../../../activities/worker/sdk-logger.ts";
import type { Log } from "../../../infra/runtime/log.ts";

it("a warning or error of an activity keeps its facts and loses nested values and the SDK's own fields", () => {
  const lines: unknown[] = [];
  const write = (fields: object, message: string) => lines.push([message, fields]);
  const logger = createSdkLogger({ warn: write, error: write } as unknown as Log);
  const sdk = { taskToken: "t", namespace: "default", sdkComponent: "activity", isLocal: true };
  const facts = { workflowId: "reply:1", attempt: 6, turnId: "turn-1", reason: null };
  logger.error("a turn failed", { ...sdk, ...facts, error: new Error("the text of a message") });
  logger.warn("a warning");
  expect(lines).toEqual([
    ["a turn failed", facts],
    ["a warning", {}],
  ]);
});

it("the SDK's information about itself is not logged", () => {
  const logger = createSdkLogger({} as Log);
  expect(() => logger.info()).not.toThrow();
});
