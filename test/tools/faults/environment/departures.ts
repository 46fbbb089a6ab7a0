import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { Departure } from "../ledger/ledger.ts";

const FILE = "departures.jsonl";
const RECORDER = pathToFileURL(join(import.meta.dirname, "record-departures.ts")).href;
const LINE = z.object({ pid: z.number(), path: z.string(), port: z.number(), monotonicMs: z.number() });

/** The settings with which a Parley process records its outgoing requests. */
export function recordDepartures(dataDir: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${RECORDER}`, FAULTS_DEPARTURES_FILE: join(dataDir, FILE) };
}

/** The requests of all Parley processes since a time, with the times of the wall clock of this process. */
export function readDepartures(dataDir: string, since = 0): Departure[] {
  const file = join(dataDir, FILE);
  if (!existsSync(file)) return [];
  const offsetMs = Date.now() - Number(process.hrtime.bigint()) / 1e6;
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((line) => {
    const parsed = LINE.safeParse(parseJson(line)).data;
    if (parsed === undefined) return [];
    const { monotonicMs, ...rest } = parsed;
    const at = monotonicMs + offsetMs;
    return at < since ? [] : [{ ...rest, at }];
  });
}

/** A killed process can leave half a line. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
