import { fileURLToPath } from "node:url";
import { DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from "@temporalio/worker";
import type { Recording } from "./history-file.ts";

const FAILURE_CONVERTER = fileURLToPath(
  new URL("../../infra/runtime/temporal/failure-converter.ts", import.meta.url),
);

export interface ReplayFailure {
  version: string;
  workflow_id: string;
  workflow_type: string;
  /** Position in the recording, from 1. */
  history: number;
  shapes: string[];
  why: string;
}

export interface ReplayReport {
  ok: boolean;
  replayed: number;
  failures: ReplayFailure[];
}

let isQuiet = false;

/** Runs workflow code over what earlier runs have done: where it would have done something else, it may not be deployed over them. */
export async function replayHistories(
  workflowBundle: WorkflowBundleOption,
  recordings: readonly Recording[],
): Promise<ReplayReport> {
  beQuiet();
  const all = recordings.flatMap(({ version, histories }) =>
    histories.map((recorded, i) => ({ version, number: i + 1, ...recorded })),
  );
  const failures: ReplayFailure[] = [];
  let replayed = 0;
  const options = { workflowBundle, dataConverter: { failureConverterPath: FAILURE_CONVERTER } };
  for await (const { error } of Worker.runReplayHistories(options, all)) {
    const entry = all[replayed++];
    if (error === undefined || entry === undefined) continue;
    failures.push({
      version: entry.version,
      workflow_id: entry.workflowId,
      workflow_type: entry.workflowType,
      history: entry.number,
      shapes: entry.shapes,
      why: error.message,
    });
  }
  return { ok: replayed > 0 && replayed === all.length && failures.length === 0, replayed, failures };
}

/** The SDK tells each failure on stderr as well; the report has them all. */
function beQuiet(): void {
  if (isQuiet) return;
  isQuiet = true;
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger("ERROR", () => undefined),
    telemetryOptions: { logging: { forward: {}, filter: "OFF" } },
  });
}
