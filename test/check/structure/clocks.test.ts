import { expect, it } from "vitest";
import { lineAt, readSources } from "../source-files.ts";

/**
 * Times that are stored or compared with a stored time come from the database: `now()` in SQL, `readDatabaseTime`, or an estimate of
 * `watchClock`. With the clock of a host a message would wait, or a window close, by as much as that clock is off. A place that reads the
 * host's clock is listed here with its reason; a new one needs a reason too.
 */
const HOST_CLOCK: Readonly<Record<string, string>> = {
  "activities/channels/registry.ts": "vendors compare signed timestamps with their own clocks",
  "activities/retry/deadline.ts": "Temporal's times of a local activity are this host's",
  "activities/worker/restart-workflows.ts": "an interval within one process",
  "activities/worker/run-state.ts": "a deadline of one call",
  "activities/worker/scan.ts": "intervals within one process",
  "activities/events/sweep-events.ts": "intervals within one process",
  "activities/worker/wake-workflow.ts": "a deadline of one call",
  "api/ingest/inbound-request.ts":
    "signatures carry the clocks of vendors; watchClock corrects it before it is stored",
  "api/operations/account-effect.ts": "a deadline of one call",
  "api/operations/keys.ts": "checks a time that the caller sends; the database decides when the key expires",
  "api/v1/http/key-directory.ts": "keys that were read within seconds; the next read asks the database",
  "api/watch-accounts.ts": "an interval within one process",
  "api/watch-workers.ts": "an interval within one process",
  "api/web/session/open-session.ts": "a token is issued and verified by ingresses, without the database",
  "api/web/session/session-check.ts": "a token is issued and verified by ingresses, without the database",
  "api/web/stream/live-stream.ts": "intervals of one stream, and the end of its token",
  "api/web/widget/send-queue.ts": "the page of a visitor, which only sorts its own messages",
  "db/connection/watch-clock.ts": "compares the host's clock with the database's",
  "db/conversations/transcript-rows.ts": "the newest month to read, with half a month to spare",
  "db/web/stream-signals.ts": "an interval within one process",
};

const HOST_CLOCK_READ = /new Date\(\)|Date\.now\(\)/g;
const ROOMS = /^(activities|api|db|workflows)\//;

function findReads(path: string, text: string): string[] {
  return [...text.matchAll(HOST_CLOCK_READ)].map(({ index }) => `${path}:${lineAt(text, index)}`);
}

it("only the listed files read the host's clock, and each listed file does", () => {
  const reads = readSources()
    .filter(({ path }) => ROOMS.test(path))
    .map(({ path, text }) => ({ path, reads: findReads(path, text) }))
    .filter((file) => file.reads.length > 0);
  expect(reads.filter(({ path }) => !(path in HOST_CLOCK)).flatMap((file) => file.reads)).toEqual([]);
  expect(reads.map(({ path }) => path).toSorted()).toEqual(Object.keys(HOST_CLOCK).toSorted());
});

it("a read of the host's clock is found", () => {
  expect(findReads("db/a.ts", "const a = 1;\nconst now = new Date();\nconst at = Date.now();")).toEqual([
    "db/a.ts:2",
    "db/a.ts:3",
  ]);
});
