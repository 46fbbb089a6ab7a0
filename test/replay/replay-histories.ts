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
  reason: string;
}

export interface ReplayReport {
  ok: boolean;
  replayed: number;
  failures: ReplayFailure[];
}

let isSilenced = false;

/** Replays recorded histories with workflow code. Code that behaves differently must not be deployed over open runs. */
export async function replayHistories(
  workflowBundle: WorkflowBundleOption,
  recordings: readonly Recording[],
): Promise<ReplayReport> {
  silenceSdk();
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
      reason: error.message,
    });
  }
  return { ok: replayed > 0 && replayed === all.length && failures.length === 0, replayed, failures };
}

/** Turns the log of the SDK off, because the report has all failures. */
function silenceSdk(): void {
  if (isSilenced) return;
  isSilenced = true;
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger("ERROR", () => undefined),
    telemetryOptions: { logging: { forward: {}, filter: "OFF" } },
  });
}
