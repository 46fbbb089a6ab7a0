import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@temporalio/client";
import type { PayloadCodec } from "@temporalio/common";
import type { Progress } from "../../../infra/sandbox/progress.ts";
import { startSandbox } from "../../../infra/sandbox/sandbox.ts";
import { ingestDocuments } from "../../../infra/cli/tasks/ingest-documents.ts";
import { migrateAll } from "../../../infra/cli/tasks/migrate.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createDayKeys } from "../../../infra/runtime/encryption/day-keys.ts";
import { createPayloadCodec } from "../../../infra/runtime/temporal/payload-codec.ts";
import { createRandom } from "../../tools/faults/random.ts";
import { clearInstallationSettings } from "../../support/clear-settings.ts";
import { openInstallation } from "../../support/open-installation.ts";
import { cleanHistory } from "../clean-history.ts";
import type { RecordedHistory } from "../history-file.ts";
import { shapesOf } from "../history-shapes.ts";
import { SCENARIOS } from "./scenarios/registry.ts";
import { createScenarioContext } from "./scenario.ts";

const SAMPLE = new URL("../../../infra/sandbox/sample/knowledge", import.meta.url).pathname;
/** The delay of the list of workflows is shorter than this. */
const VISIBILITY_MS = 3_000;
/** Many runs have the same shapes. More than this number of one combination proves nothing more. */
const MAX_SIMILAR = 24;

/** Runs every scenario on its own servers and returns the histories, one entry per run. */
export async function record({
  seed,
  progress,
}: {
  seed: number;
  progress: Progress;
}): Promise<RecordedHistory[]> {
  clearInstallationSettings();
  const dataDir = mkdtempSync(join(tmpdir(), "parley-record-"));
  const sandbox = await startSandbox({ dataDir, progress, ports: "free" });
  try {
    const config = loadConfig(sandbox.env);
    await migrateAll(config, () => undefined);
    await ingestDocuments(config, { folder: SAMPLE, onDocument: () => undefined });
    const parley = await openInstallation({
      servers: sandbox.env,
      env: {
        PARLEY_CONTACT_RATE_BURST: "100",
        // Longer than a busy machine needs between two messages of a burst.
        PARLEY_QUIET_WINDOW_SMS_MS: "2500",
        // The scenarios with a slow model must not change the place of later calls.
        PARLEY_MODEL_CALL_PLACE: "local",
      },
    });
    try {
      if (parley.temporal === undefined) throw new Error("The installation has no worker.");
      // Search attributes in a history are not encrypted.
      const codec = createPayloadCodec({
        keys: createDayKeys(config.PARLEY_ENCRYPTION_KEYS),
        acceptPlain: true,
      });
      const reader = createReader(parley.temporal, codec);
      const open: RecordedHistory[] = [];
      const context = createScenarioContext(parley, sandbox, {
        random: createRandom(seed).next,
        keepOpenRuns: async () => void open.push(...(await reader.read(`ExecutionStatus = "Running"`))),
      });
      for (const scenario of SCENARIOS) {
        progress.step(`Scenario: ${scenario.name}`);
        await scenario.run(context);
      }
      await new Promise((resolve) => setTimeout(resolve, VISIBILITY_MS));
      const whole = await reader.read("");
      progress.done();
      return dropSimilar([...whole, ...open]);
    } finally {
      await parley.close();
    }
  } finally {
    await sandbox.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function createReader(temporal: Client, codec: PayloadCodec) {
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

function dropSimilar(histories: readonly RecordedHistory[]): RecordedHistory[] {
  const similar = new Map<string, number>();
  const seen = new Set<string>();
  return histories.filter(({ shapes, workflowId, history }) => {
    // An open run without progress was read more than once.
    const state = `${workflowId} ${JSON.stringify(history.events.at(-1))}`;
    if (seen.has(state)) return false;
    seen.add(state);
    const before = similar.get(shapes.join()) ?? 0;
    similar.set(shapes.join(), before + 1);
    return before < MAX_SIMILAR;
  });
}
