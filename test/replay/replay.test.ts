import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from "@temporalio/worker";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { buildWorkflowBundle } from "../../infra/runtime/temporal/workflow-bundle.ts";
import { changedWorkflows, type WorkflowEdit } from "./changed-workflows.ts";
import { type Recording, readRecordings } from "./history-file.ts";
import { printReplay } from "./print-replay.ts";
import { replayHistories } from "./replay-histories.ts";
import { missingShapes } from "./needed-shapes.ts";
import { shapesOf } from "./history-shapes.ts";

const WORKFLOWS = fileURLToPath(new URL("../../workflows/index.ts", import.meta.url));
const FAILURE_CONVERTER = fileURLToPath(
  new URL("../../infra/runtime/temporal/failure-converter.ts", import.meta.url),
);

let recordings: Recording[];
beforeAll(() => {
  recordings = readRecordings();
});

describe("recorded histories", () => {
  it("today's workflow code replays the histories of this version and of all earlier versions", async () => {
    const report = await replayHistories(await buildWorkflowBundle(WORKFLOWS), recordings);
    expect(report.failures, printReplay(report)).toEqual([]);
    expect(report).toMatchObject({ ok: true });
    expect(report.replayed).toBeGreaterThanOrEqual(200);
  });

  it("the recordings contain every path of every workflow", () => {
    expect(missingShapes(recordings.flatMap(({ histories }) => histories))).toEqual([]);
  });

  it("the recordings differ in their contents", () => {
    for (const { histories } of recordings)
      for (const { workflowType, shapes, history } of histories)
        expect(shapes).toEqual(shapesOf(workflowType, history.events));
  });

  it("the recordings contain no machine name, no process id, no path and no encrypted payload", () => {
    const text = JSON.stringify(recordings);
    expect(text).not.toMatch(/"identity":"(?!recorder")/);
    expect(text).not.toMatch(/\d+@|encryption-key-id/);
    const payloads = [...text.matchAll(/"data":"([\w+/=]+)"/g)].map(([, data = ""]) =>
      Buffer.from(data, "base64").toString("utf8"),
    );
    expect(payloads.length).toBeGreaterThan(1_000);
    expect(payloads.filter((data) => /file:\/\/\/|\/(home|root|tmp|Users)\//.test(data)).slice(0, 3)).toEqual(
      [],
    );
  });
});

describe("the gate", () => {
  it("the gate rejects code with a new step before an existing step", async () => {
    const report = await replayChanged([
      {
        file: "message.ts",
        find: "const route = await steps.retrieve({ turnId });",
        put: "await steps.screen({ turnId, tier: 'fixed_text', reason: null });\n    const route = await steps.retrieve({ turnId });",
      },
    ]);
    expect(report.ok).toBe(false);
    expect(report.failures.length).toBeGreaterThan(20);
    expect(report.failures[0]?.reason).toMatch(/nondeterminism/i);
    expect(printReplay(report)).toContain("do NOT replay");
  });

  it("the gate rejects a local activity that became a normal activity", async () => {
    const report = await replayChanged([
      {
        file: "steps.ts",
        find: 'record: shortStep("· reply, cost, delivery rows").record,',
        put: 'record: proxyActivities<MessageActivities>({ startToCloseTimeout: "8s" }).record,',
      },
    ]);
    expect(report.failures.length).toBeGreaterThan(20);
  });

  it("the gate rejects a removed timer of a long-running workflow", async () => {
    const report = await replayChanged([
      {
        file: "outbound.ts",
        find: 'await sleep(input.timeoutS * 1_000, { summary: "· waits for an agent to take over" });',
        put: "void sleep;",
      },
    ]);
    const types = new Set(report.failures.map(({ workflow_type: type }) => type));
    expect([...types]).toEqual(["handoff"]);
  });

  it("the gate rejects another queue for a call that a worker moved when it shut down", async () => {
    const edit = {
      file: "steps.ts",
      find: 'return await generateOnQueue(step, "model_queue", summary);',
      put: "throw error;",
    };
    const moved = "message: generate failed by ModelCallMoved";
    expect((await replayChanged([edit], selectByShape(moved))).failures.length).toBeGreaterThan(0);
  });

  it("the gate rejects a workflow that does not record a lost reply again", async () => {
    const edit = {
      file: "message.ts",
      find: "if (poisonReason(error) !== REPLY_LOST || again === RECORDS_AGAIN) throw error;",
      put: "throw error;",
    };
    const recorded = "message: recorded again after a lost reply";
    expect((await replayChanged([edit], selectByShape(recorded))).failures.length).toBeGreaterThan(0);
  });

  it("the gate accepts a new step that is guarded by patched()", async () => {
    const report = await replayChanged([
      {
        file: "message.ts",
        find: "const route = await steps.retrieve({ turnId });",
        put: "if (patched('screen-first')) await steps.screen({ turnId, tier: 'fixed_text', reason: null });\n    const route = await steps.retrieve({ turnId });",
      },
      { file: "message.ts", find: "", put: 'import { patched } from "@temporalio/workflow";\n' },
    ]);
    expect(report.failures).toEqual([]);
    expect(report.ok).toBe(true);
  });
});

async function replayChanged(edits: WorkflowEdit[], sample = sampleOf(recordings)) {
  const changed = changedWorkflows(edits);
  onTestFinished(changed.remove);
  return await replayHistories(await bundle(changed.entry), sample);
}

function selectByShape(shape: string): Recording[] {
  return recordings.map(({ version, histories }) => ({
    version,
    histories: histories.filter(({ shapes }) => shapes.includes(shape)),
  }));
}

/** Histories of each workflow type. The tests prove that the gate works, for which a part of the recording is enough. */
const EACH = 60;

function sampleOf(all: readonly Recording[]): Recording[] {
  return all.slice(-1).map(({ version, histories }) => {
    const byType = Map.groupBy(histories, ({ workflowType }) => workflowType);
    return { version, histories: [...byType.values()].flatMap((ofType) => ofType.slice(0, EACH)) };
  });
}

/** Without `buildWorkflowBundle`, which caches its result. */
async function bundle(workflowsPath: string): Promise<WorkflowBundle> {
  const logger = new DefaultLogger("ERROR");
  return await bundleWorkflowCode({ workflowsPath, failureConverterPath: FAILURE_CONVERTER, logger });
}
