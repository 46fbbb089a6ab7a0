import { describe, expect, it } from "vitest";
import { choosePlace, createCallTimes, MAX_WAITING } from "../../../../activities/answer/model/call-place.ts";

const FAST = {
  servesModelQueue: true,
  setting: "auto",
  typicalMs: 1_200,
  waiting: 0,
  isRepeated: false,
} as const;

describe("the place of a model call", () => {
  it("a worker of all queues calls a fast model inside its workflow task", () => {
    expect(choosePlace(FAST)).toBe("local");
  });

  it("a worker that does not serve the model queue, or may not because of a rate, uses that queue", () => {
    expect(choosePlace({ ...FAST, servesModelQueue: false })).toBe("model_queue");
    expect(choosePlace({ ...FAST, servesModelQueue: false, setting: "local" })).toBe("model_queue");
  });

  it.each([
    ["a model that usually takes long", { typicalMs: 4_000 }],
    ["a process with as many waiting calls as it may have", { waiting: MAX_WAITING }],
    ["a setting", { setting: "queue" }],
    ["a workflow task that was lost before", { isRepeated: true, setting: "local" }],
  ] as const)("%s makes the call an activity of its own", (_cause, facts) => {
    expect(choosePlace({ ...FAST, ...facts })).toBe("main_queue");
  });

  it("the setting `local` holds for a slow model too", () => {
    expect(choosePlace({ ...FAST, setting: "local", typicalMs: 9_000 })).toBe("local");
  });
});

describe("the usual duration of the calls", () => {
  function openTimes() {
    let nowMs = 0;
    const times = createCallTimes(() => nowMs);
    const call = async (durationMs: number, error?: Error) =>
      await times
        .measure(async () => {
          nowMs += durationMs;
          if (error !== undefined) throw error;
        })
        .catch(() => undefined);
    return { times, call };
  }

  it("one slow call among fast ones does not make the model slow, and many of them do", async () => {
    const { times, call } = openTimes();
    for (let i = 0; i < 20; i++) await call(800);
    await call(10_000);
    expect(choosePlace({ ...FAST, typicalMs: times.typicalMs() })).toBe("local");
    for (let i = 0; i < 5; i++) await call(18_000);
    expect(choosePlace({ ...FAST, typicalMs: times.typicalMs() })).toBe("main_queue");
    for (let i = 0; i < 20; i++) await call(800);
    expect(choosePlace({ ...FAST, typicalMs: times.typicalMs() })).toBe("local");
  });

  it("a call that fails at once does not make a slow model look fast", async () => {
    const { times, call } = openTimes();
    for (let i = 0; i < 20; i++) await call(10_000);
    for (let i = 0; i < 20; i++) await call(5, new Error("throttled"));
    expect(times.typicalMs()).toBeGreaterThan(9_000);
  });
});
