import type { Client } from "@temporalio/client";
import type { PayloadCodec } from "@temporalio/common";
import type { Shape } from "../shape.ts";
import type { CallPlaces } from "./ledger.ts";

/** Enough to see where the calls were made. A full campaign has thousands of runs. */
const RUNS = 300;

/** Where the model calls of a shape have to be: with a limited rate the server paces them, which needs a queue. */
export function expectedPlace(shape: Shape, env: Readonly<Record<string, string>> = {}): keyof CallPlaces {
  const isLimited = env["PARLEY_MODEL_CALLS_PER_SECOND"] !== undefined;
  return shape === "shipped" && !isLimited ? "in_workflow_task" : "over_queue";
}

/** Counts the model calls in the histories of some message runs. */
export async function readCallPlaces(temporal: Client): Promise<CallPlaces> {
  const places: CallPlaces = { in_workflow_task: 0, over_queue: 0 };
  const codecs = temporal.options.loadedDataConverter.payloadCodecs;
  let runs = 0;
  for await (const { workflowId, runId } of temporal.workflow.list({ query: "WorkflowType = 'message'" })) {
    if (++runs > RUNS) break;
    const { events } = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const {
      activityTaskScheduledEventAttributes: scheduled,
      markerRecordedEventAttributes: marker,
    } of events ?? []) {
      if (scheduled?.activityType?.name === "generate") places.over_queue++;
      if (marker != null && (await isModelCall(marker.details, codecs))) places.in_workflow_task++;
    }
  }
  return places;
}

type Payload = Parameters<PayloadCodec["decode"]>[0][number];
type MarkerDetails = Record<string, { payloads?: Payload[] | null }> | null | undefined;

/** A cached reply and a fixed text are steps of the same name without a model. */
async function isModelCall(details: MarkerDetails, codecs: readonly PayloadCodec[]): Promise<boolean> {
  if (read(details?.["data"]?.payloads?.[0])?.["activity_type"] !== "generate") return false;
  let result = details?.["result"]?.payloads ?? [];
  for (const codec of codecs.toReversed()) result = await codec.decode(result);
  return typeof read(result[0])?.["model"] === "string";
}

function read(payload: Payload | undefined): Record<string, unknown> | null {
  if (payload?.data == null) return null;
  return JSON.parse(Buffer.from(payload.data).toString("utf8")) as Record<string, unknown> | null;
}
