import { expect, it } from "vitest";
import { isWithinBars } from "./ingress.ts";

it("an ingress that refuses a message at once does not meet the bar of the acknowledgements", () => {
  const latencies = { offered: 100, accepted: 100, p50_ms: 1, p99_ms: 2, max_ms: 3 };
  const measured = {
    load: "a new contact each time",
    rate_per_s: 16,
    acknowledged: latencies,
    insert_and_commit: latencies,
    p99_ratio: 1,
    disturbed_by_cores: 0,
  };
  expect(isWithinBars(measured)).toBe(true);
  expect(isWithinBars({ ...measured, acknowledged: { ...latencies, accepted: 99 } })).toBe(false);
});
