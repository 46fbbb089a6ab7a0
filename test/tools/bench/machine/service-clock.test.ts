import { expect, it } from "vitest";
import { watchServices } from "./service-clock.ts";

it("a service that was started again during a measurement ends it, because its CPU time is unknown", () => {
  const pids: Record<string, number | null> = { worker: process.pid, postgres: process.pid };
  const sandbox = { pidOf: (service: string) => pids[service] ?? null };
  const readUsed = watchServices(sandbox, ["worker", "postgres"]);
  expect(readUsed().every((ms) => ms >= 0)).toBe(true);
  pids["postgres"] = process.ppid;
  expect(readUsed).toThrow("postgres was started again");
  pids["postgres"] = null;
  expect(readUsed).toThrow("postgres does not run");
});
