import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

/**
 * The history of one run in the JSON form of Temporal. Payloads are not encrypted: the keys of the recording are deleted, and the contacts
 * are invented.
 */
export interface RecordedHistory {
  workflowId: string;
  workflowType: string;
  /** What the history shows: see `history-shapes.ts`. */
  shapes: string[];
  history: { events: unknown[] };
}

export interface Recording {
  /** The name of the folder: the version of Parley that wrote the histories. */
  version: string;
  histories: RecordedHistory[];
}

/** Increase this number when the form of a line changes, and keep reading the old form. */
const FORMAT = 1;
const FOLDER = fileURLToPath(new URL("./histories/", import.meta.url));
const FILE = "histories.jsonl.gz";
const MAX_BYTES = 2_000_000;

/** Every recording, oldest version first, because workflows of every released version may still be running. */
export function readRecordings(folder = FOLDER): Recording[] {
  return readdirSync(folder)
    .filter((version) => existsSync(join(folder, version, FILE)))
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((version) => ({ version, histories: readFile(join(folder, version, FILE)) }));
}

function readFile(path: string): RecordedHistory[] {
  const [head = "", ...lines] = gunzipSync(readFileSync(path)).toString("utf8").trimEnd().split("\n");
  const { format } = JSON.parse(head) as { format: number };
  if (format !== FORMAT) throw new Error(`${path} has format ${format}; this code reads ${FORMAT}.`);
  return lines.map((line) => JSON.parse(line) as RecordedHistory);
}

/** Replaces the recording of one version; returns path and size. */
export function writeRecording({ version, histories }: Recording, folder = FOLDER) {
  const path = join(folder, version, FILE);
  const lines = [{ format: FORMAT }, ...histories].map((line) => `${JSON.stringify(line)}\n`);
  const bytes = gzipSync(lines.join(""), { level: 9 });
  if (bytes.length > MAX_BYTES) {
    throw new Error(
      `The recording has ${bytes.length} bytes, more than ${MAX_BYTES}: record fewer histories.`,
    );
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return { path, bytes: bytes.length };
}
