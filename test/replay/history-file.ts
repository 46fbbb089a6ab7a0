import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

/**
 * One run as Temporal kept it, in Temporal's own JSON form. Payloads stand in clear: the keys they were encrypted with are gone, and
 * there was nobody behind them.
 */
export interface RecordedHistory {
  workflowId: string;
  workflowType: string;
  /** Which turns its life took: see `shapes-of.ts`. */
  shapes: string[];
  history: { events: unknown[] };
}

export interface Recording {
  /** The folder's name: the version of Parley that wrote the histories. */
  version: string;
  histories: RecordedHistory[];
}

/** A line of the file changes its form together with this number, and readers learn the new one beside the old. */
const FORMAT = 1;
const FOLDER = fileURLToPath(new URL("./histories/", import.meta.url));
const FILE = "histories.jsonl.gz";
const LARGEST_BYTES = 2_000_000;

/** Every recording, oldest version first: what was ever released may still be running somewhere. */
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

/** Writes one version's recording over what it had; returns path and size. */
export function writeRecording({ version, histories }: Recording, folder = FOLDER) {
  const path = join(folder, version, FILE);
  const lines = [{ format: FORMAT }, ...histories].map((line) => `${JSON.stringify(line)}\n`);
  const bytes = gzipSync(lines.join(""), { level: 9 });
  if (bytes.length > LARGEST_BYTES) {
    throw new Error(
      `The recording has ${bytes.length} bytes, more than ${LARGEST_BYTES}: record fewer histories.`,
    );
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return { path, bytes: bytes.length };
}
