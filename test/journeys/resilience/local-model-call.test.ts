import { fileURLToPath } from "node:url";
import type { Client } from "@temporalio/client";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { sendMessage } from "../../../infra/cli/demo/send-message.ts";
import { connectTemporal, temporalSettings } from "../../../infra/runtime/temporal/temporal-client.ts";
import { eventually } from "../../support/eventually.ts";
import { openProcesses, type Processes } from "../../support/open-processes.ts";

const PARLEY = fileURLToPath(new URL("../../../infra/cli/parley.ts", import.meta.url));
const WORKERS = ["worker", "worker-2"];
/** Of this time a call that has begun gets 60 % at a shutdown. */
const GRACE_MS = 8_000;

let processes: Processes;
let temporal: Client;
/** The workers that a test has ended. */
const ended: string[] = [];
let contacts = 0;

beforeAll(async () => {
  const settings = { SHUTDOWN_GRACE_MS: String(GRACE_MS), PARLEY_MODEL_CALL_PLACE: "local" };
  processes = await openProcesses(settings);
  const { sandbox, config } = processes;
  const env = { ...sandbox.env, LOG_LEVEL: "warn", ...settings };
  const isReady = async () => true;
  await sandbox.start({
    name: "worker-2",
    command: process.execPath,
    args: [PARLEY, "worker"],
    env,
    isReady,
  });
  temporal = connectTemporal(temporalSettings(config), config.PARLEY_ENCRYPTION_KEYS);
});
afterEach(async () => {
  for (const name of ended.splice(0)) await processes.sandbox.restart(name);
});
afterAll(async () => {
  // A start on a busy machine may have failed.
  await (temporal as Client | undefined)?.connection.close();
  await (processes as Processes | undefined)?.close();
});

interface Fault {
  path: string;
  times: number | null;
  delayMs: number;
}

/** Slows requests to the provider. Each request counts when it arrives, and the log of the fake has it only at its end. */
async function slowDown(faults: readonly Fault[]) {
  const url = `${processes.sandbox.urls.openai}/__control/faults`;
  const script = faults.map(({ path, times, delayMs }) => ({
    match: { path },
    times,
    fault: { delay_ms: delayMs },
  }));
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ script }) });
  expect(response.ok).toBe(true);
  const count = async (path: string) => {
    const { script: fired } = (await (await fetch(url)).json()) as {
      script: { match: { path: string }; fired: number }[];
    };
    return fired.filter(({ match }) => match.path === path).reduce((sum, fault) => sum + fault.fired, 0);
  };
  return {
    count,
    awaitRequest: (path: string) => eventually(`a request to ${path}`, async () => (await count(path)) > 0),
  };
}

async function endWorker(name: string, signal: NodeJS.Signals): Promise<void> {
  ended.push(name);
  await processes.sandbox.end(name, signal);
}

async function sendOne() {
  const from = `local-${++contacts}`;
  const text = "Can I return a lamp?";
  const { providerMessageId } = await sendMessage(processes.config, { channel: "webhook", from, text });
  const workflow = temporal.workflow.getHandle(`msg:webhook/main:${providerMessageId}`);
  return {
    /** The worker process that has the workflow task. */
    async findWorker(): Promise<string> {
      const { events } = await workflow.fetchHistory();
      const started = events?.findLast((event) => event.workflowTaskStartedEventAttributes != null);
      const identity = started?.workflowTaskStartedEventAttributes?.identity ?? "";
      const found = WORKERS.find((name) => identity.startsWith(`${processes.sandbox.pidOf(name)}@`));
      if (found === undefined) throw new Error(`No worker has the identity "${identity}".`);
      return found;
    },
    awaitAnswer: () =>
      eventually("an answer", async () => {
        const [row] = await findMessageOutcomes(processes.db, [providerMessageId]);
        return row?.state === "answered" ? row : null;
      }),
    /** The steps of the history that went over a queue. */
    async readQueuedSteps(): Promise<string[]> {
      const { events } = await workflow.fetchHistory();
      return (events ?? []).flatMap(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
      );
    },
  };
}

const MODEL = "/v1/responses";
const FULL = { tier: "full_context", tierReason: null };
/** Longer than any shutdown, shorter than the limit of a call. */
const LONG_MS = 15_000;
const FIRST_IS_LONG: readonly Fault[] = [
  { path: MODEL, times: 1, delayMs: LONG_MS },
  { path: MODEL, times: null, delayMs: 1 },
];

it("after a kill of the worker during a local model call another worker answers in the same tier", async () => {
  const provider = await slowDown(FIRST_IS_LONG);
  const message = await sendOne();
  await provider.awaitRequest(MODEL);
  await endWorker(await message.findWorker(), "SIGKILL");
  expect(await message.awaitAnswer()).toMatchObject(FULL);
  expect(await provider.count(MODEL)).toBe(2);
});

it("a local model call that ends during a shutdown is paid once", async () => {
  const provider = await slowDown([{ path: MODEL, times: null, delayMs: 2_000 }]);
  const message = await sendOne();
  await provider.awaitRequest(MODEL);
  await endWorker(await message.findWorker(), "SIGTERM");
  expect(await message.awaitAnswer()).toMatchObject(FULL);
  expect(await provider.count(MODEL)).toBe(1);
  expect(await message.readQueuedSteps()).toEqual([]);
});

it("a local model call that takes longer than a shutdown is cancelled, and another worker makes it over the queue", async () => {
  const provider = await slowDown(FIRST_IS_LONG);
  const message = await sendOne();
  await provider.awaitRequest(MODEL);
  await endWorker(await message.findWorker(), "SIGTERM");
  expect(await message.awaitAnswer()).toMatchObject(FULL);
  expect(await provider.count(MODEL)).toBe(2);
  // A task without the time for a send leaves it to the queue too.
  const steps = await message.readQueuedSteps();
  expect(steps.filter((step) => step !== "deliver")).toEqual(["generate"]);
});
