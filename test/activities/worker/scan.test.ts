import { expect, it } from "vitest";
import { createCheckedRuns, createScan } from "../../../activities/worker/scan.ts";
import type { ScanRequest } from "../../../db/connection/page.ts";
import { createLog } from "../../../infra/runtime/log.ts";

interface Row {
  at: string;
  id: string;
}

const log = createLog({ level: "silent", name: "test" });
const toRow = (n: number): Row => ({ at: String(n).padStart(6, "0"), id: `run:${n}` });

/** A list of waiting rows, oldest first, as the database pages it. */
function openList(count: number) {
  const rows = Array.from({ length: count }, (_, n) => toRow(n));
  return {
    rows,
    list: async ({ limit, keysetBefore }: ScanRequest) =>
      rows.filter(({ at }) => keysetBefore === null || at > keysetBefore.at).slice(0, limit),
  };
}

function openScan(list: (request: ScanRequest) => Promise<Row[]>, check: (id: string) => Promise<void>) {
  const given = { list, olderThanMs: 0, workflowIdOf: ({ id }: Row) => id };
  return createScan<Row>(
    { ...given, check: async ({ id }) => await check(id) },
    { checked: createCheckedRuns(), log },
  );
}

it("a missing workflow is found after 2,000 rows that wait rightly, in the next round", async () => {
  const { rows, list } = openList(2_000);
  const seen: string[] = [];
  const scan = openScan(list, async (id) => void seen.push(id));
  while (await scan());
  expect(seen).toHaveLength(2_000);
  rows.push(toRow(2_000));
  await scan();
  expect(seen.slice(2_000)).toContain("run:2000");
});

it("a row whose check fails does not stop the checks of the others", async () => {
  const { list } = openList(50);
  const seen: string[] = [];
  const scan = openScan(list, async (id) => {
    if (id === "run:3") throw new Error("a turn that cannot be read");
    seen.push(id);
  });
  await scan();
  expect(seen).toHaveLength(49);
});

it("a scan fails when every check fails, because the cause is not one row", async () => {
  const { list } = openList(50);
  const scan = openScan(list, async () => await Promise.reject(new Error("Temporal is unavailable")));
  await expect(scan()).rejects.toThrow("Temporal is unavailable");
});
