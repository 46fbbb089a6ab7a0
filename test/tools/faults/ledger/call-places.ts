import type { Client } from "@temporalio/client";
import type { PayloadCodec } from "@temporalio/common";
import type { Shape } from "../shape.ts";
import type { CallPlaces, Ledger, ModelCall } from "./ledger.ts";

/** Enough to see where the calls were made. A full campaign has thousands of runs. */
const RUNS = 600;

/** Where the model calls of a shape have to be: with a limited rate the server paces them, which needs a queue. */
export function expectedPlace(shape: Shape, env: Readonly<Record<string, string>> = {}): keyof CallPlaces {
  const isLimited = env["PARLEY_MODEL_CALLS_PER_SECOND"] !== undefined;
  return shape === "shipped" && !isLimited ? "in_workflow_task" : "over_queue";
}

/** Counts the completions of the model in the histories of message runs; of many runs, in a sample over the whole time. */
export async function readCallPlaces(temporal: Client): Promise<CallPlaces> {
  const places: CallPlaces = { in_workflow_task: 0, over_queue: 0 };
  for (const run of takeEvenly(await listRuns(temporal, "WorkflowType = 'message'"), RUNS)) {
    const steps = await readSteps(temporal, run);
    for (const { place, hasModel } of steps) if (hasModel) places[place]++;
  }
  return places;
}

/** The newest runs come first in the list. Its end is in the sample too. */
export function takeEvenly<T>(all: readonly T[], most: number): T[] {
  const every = Math.ceil(all.length / most);
  return all.filter((_each, i) => (all.length - 1 - i) % every === 0);
}

/** The place of a call of the model, also of one that was interrupted: it was over a queue if its activity was scheduled and open then. */
export async function readPlaceOf(
  temporal: Client,
  { offered, inbox }: Pick<Ledger, "offered" | "inbox">,
  { markers, departedAt }: Pick<ModelCall, "markers"> & { departedAt: number },
): Promise<keyof CallPlaces> {
  const message = offered.find(({ marker }) => marker === markers.at(-1));
  const row = inbox.find(({ providerMessageId }) => providerMessageId === message?.providerMessageId);
  const own = inbox.filter(({ conversationId }) => conversationId === row?.conversationId);
  for (const workflowId of new Set(own.map((each) => each.workflowId)))
    for (const run of await listRuns(temporal, `WorkflowId = '${workflowId}'`))
      for (const { place, from, until } of await readSteps(temporal, run))
        if (place === "over_queue" && from <= departedAt && departedAt <= until) return "over_queue";
  return "in_workflow_task";
}

interface Run {
  workflowId: string;
  runId: string;
}

async function listRuns(temporal: Client, query: string): Promise<Run[]> {
  const runs: Run[] = [];
  for await (const { workflowId, runId } of temporal.workflow.list({ query }))
    runs.push({ workflowId, runId });
  return runs;
}

/** One step that asks the model. Times are in ms; a step inside the workflow task has only its end. */
interface Step {
  place: keyof CallPlaces;
  from: number;
  until: number;
  /** False for a cached reply and a fixed text, and without a result. */
  hasModel: boolean;
}

async function readSteps(temporal: Client, { workflowId, runId }: Run): Promise<Step[]> {
  const codecs = temporal.options.loadedDataConverter.payloadCodecs;
  const { events } = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  const steps: Step[] = [];
  const scheduled = new Map<string, Step>();
  for (const event of events ?? []) {
    const at = toMs(event.eventTime);
    const details = event.markerRecordedEventAttributes?.details;
    if (event.activityTaskScheduledEventAttributes?.activityType?.name === "generate") {
      const step: Step = { place: "over_queue", from: at, until: Infinity, hasModel: false };
      scheduled.set(String(event.eventId), step);
      steps.push(step);
    }
    const { activityTaskCompletedEventAttributes: completed } = event;
    const ended =
      completed ?? event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    const step = scheduled.get(String(ended?.scheduledEventId));
    if (step !== undefined)
      Object.assign(step, { until: at, hasModel: await isFromModel(completed?.result?.payloads, codecs) });
    if (parse(details?.["data"]?.payloads?.[0])?.["activity_type"] === "generate")
      steps.push({
        place: "in_workflow_task",
        from: at,
        until: at,
        hasModel: await isFromModel(details?.["result"]?.payloads, codecs),
      });
  }
  return steps;
}

type Payload = Parameters<PayloadCodec["decode"]>[0][number];

async function isFromModel(
  payloads: Payload[] | null | undefined,
  codecs: readonly PayloadCodec[],
): Promise<boolean> {
  let result = payloads ?? [];
  for (const codec of codecs.toReversed()) result = await codec.decode(result);
  return typeof parse(result[0])?.["model"] === "string";
}

function parse(payload: Payload | undefined): Record<string, unknown> | null {
  if (payload?.data == null) return null;
  return JSON.parse(Buffer.from(payload.data).toString("utf8")) as Record<string, unknown> | null;
}

function toMs(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
}
