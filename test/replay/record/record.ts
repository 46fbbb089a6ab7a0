import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@temporalio/client";
import type { Progress } from "../../../infra/dev/progress.ts";
import { startStack } from "../../../infra/dev/stack.ts";
import { ingest } from "../../../infra/ops/ingest.ts";
import { migrateAll } from "../../../infra/ops/migrate.ts";
import { loadConfig } from "../../../infra/runtime/config.ts";
import { createDataConverter } from "../../../infra/runtime/temporal.ts";
import { createRandom } from "../../faults/random.ts";
import { forgetInstallation } from "../../support/forget-installation.ts";
import { openInstallation } from "../../support/open-installation.ts";
import { cleanHistory } from "../clean-history.ts";
import type { RecordedHistory } from "../history-file.ts";
import { shapesOf } from "../shapes-of.ts";
import { SCENES } from "./scenes/registry.ts";
import { stageOn } from "./stage.ts";

const SAMPLE = new URL("../../../infra/dev/sample/knowledge", import.meta.url).pathname;
/** Visibility lags a little behind the runs; nothing hangs on it but what is listed here. */
const VISIBILITY_MS = 3_000;
/** Everyday runs look alike: more of them than this of one combination of shapes prove nothing more. */
const ALIKE = 24;

/** Plays every scene on real servers of its own and returns what Temporal kept of it, one entry per run. */
export async function record({
  seed,
  progress,
}: {
  seed: number;
  progress: Progress;
}): Promise<RecordedHistory[]> {
  forgetInstallation();
  const dataDir = mkdtempSync(join(tmpdir(), "parley-record-"));
  const stack = await startStack({ dataDir, progress, ports: "free" });
  try {
    const config = loadConfig(stack.env);
    await migrateAll(config, () => undefined);
    await ingest(config, { folder: SAMPLE, onDocument: () => undefined });
    const parley = await openInstallation({ servers: stack.env, env: { PARLEY_CONTACT_RATE_BURST: "100" } });
    try {
      if (parley.temporal === undefined) throw new Error("The installation has no worker.");
      const reader = createReader(parley.temporal, createDataConverter(config.PARLEY_ENCRYPTION_KEYS));
      const open: RecordedHistory[] = [];
      const stage = stageOn(parley, stack, {
        random: createRandom(seed).next,
        keepOpenRuns: async () => void open.push(...(await reader.read(`ExecutionStatus = "Running"`))),
      });
      for (const scene of SCENES) {
        progress.step(`Scene: ${scene.name}`);
        await scene.play(stage);
      }
      await new Promise((resolve) => setTimeout(resolve, VISIBILITY_MS));
      const whole = await reader.read("");
      progress.done();
      return varied([...whole, ...open]);
    } finally {
      await parley.close();
    }
  } finally {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function createReader(temporal: Client, { payloadCodecs = [] }: ReturnType<typeof createDataConverter>) {
  const [codec] = payloadCodecs;
  if (codec === undefined) throw new Error("Payloads are not encrypted.");
  return {
    async read(query: string): Promise<RecordedHistory[]> {
      const found: RecordedHistory[] = [];
      for await (const { workflowId, runId, type } of temporal.workflow.list({ query })) {
        const fetched = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
        const history = await cleanHistory(fetched, codec);
        found.push({ workflowId, workflowType: type, shapes: shapesOf(type, history.events), history });
      }
      return found;
    },
  };
}

function varied(histories: readonly RecordedHistory[]): RecordedHistory[] {
  const alike = new Map<string, number>();
  const seen = new Set<string>();
  return histories.filter(({ shapes, workflowId, history }) => {
    // A run that stood still was read more than once.
    const moment = `${workflowId} ${JSON.stringify(history.events.at(-1))}`;
    if (seen.has(moment)) return false;
    seen.add(moment);
    const before = alike.get(shapes.join()) ?? 0;
    alike.set(shapes.join(), before + 1);
    return before < ALIKE;
  });
}
