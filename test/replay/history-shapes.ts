/** The fields of an event in the JSON form of Temporal that the shapes need. */
interface Event {
  eventType: string;
  workflowExecutionStartedEventAttributes?: {
    input?: Payloads;
    continuedExecutionRunId?: string;
    firstWorkflowTaskBackoff?: string;
  };
  workflowExecutionCompletedEventAttributes?: { result?: Payloads };
  markerRecordedEventAttributes?: { details?: Record<string, Payloads>; failure?: Failure };
  activityTaskScheduledEventAttributes?: { activityType?: { name?: string }; taskQueue?: { name?: string } };
  activityTaskStartedEventAttributes?: { attempt?: number };
  activityTaskTimedOutEventAttributes?: object;
  workflowExecutionSignaledEventAttributes?: { signalName?: string };
}
interface Payloads {
  payloads?: { data?: string }[];
}
interface Failure {
  applicationFailureInfo?: { type?: string };
  timeoutFailureInfo?: object;
}
type ResultFacts = Record<string, unknown> | null;

/** Describes what the history of a run shows, in words. `needed-shapes.ts` lists the shapes that a recording must contain. */
export function shapesOf(workflowType: string, events: readonly unknown[]): string[] {
  const typed = events as readonly Event[];
  const shapes = [
    ...typed.flatMap(shapesOfEvent),
    ...shapesOfEnd(typed),
    ...shapesOfWakes(typed),
    ...shapesOfLoss(typed),
  ];
  return [...new Set(shapes)].map((shape) => `${workflowType}: ${shape}`).toSorted();
}

function shapesOfEvent(event: Event): string[] {
  const started = event.workflowExecutionStartedEventAttributes;
  if (started !== undefined) return shapesOfStart(started);
  if (event.markerRecordedEventAttributes !== undefined)
    return shapesOfStep(event.markerRecordedEventAttributes);
  if (event.activityTaskTimedOutEventAttributes !== undefined) return ["activity timed out"];
  const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
  if (signal !== undefined) return [`signal ${signal}`];
  if ((event.activityTaskStartedEventAttributes?.attempt ?? 1) > 1) return ["activity retried"];
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled?.activityType?.name === "deliver") return ["sent by a normal activity"];
  if (scheduled?.activityType?.name === "generate")
    return [`model call over the ${scheduled.taskQueue?.name?.endsWith("-model") ? "model" : "main"} queue`];
  return TASK_EVENTS.get(event.eventType) ?? [];
}

const TASK_EVENTS = new Map([
  ["EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT", ["task lost"]],
  ["EVENT_TYPE_WORKFLOW_TASK_FAILED", ["task failed"]],
  ["EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW", ["continued as new"]],
  ["EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED", ["terminated"]],
]);

function shapesOfStart(started: NonNullable<Event["workflowExecutionStartedEventAttributes"]>): string[] {
  const input = factsIn(started.input);
  return [
    ...(input?.["inlined"] === undefined ? [] : ["inlined"]),
    ...((started.continuedExecutionRunId ?? "") === "" ? [] : ["started by continue-as-new"]),
    ...(Number.parseFloat(started.firstWorkflowTaskBackoff ?? "0") > 0 ? ["quiet window"] : []),
  ];
}

/** A local activity: the marker has its name in `data`, and its result or failure. */
function shapesOfStep({ details, failure }: NonNullable<Event["markerRecordedEventAttributes"]>): string[] {
  const step = readStep({ details });
  if (failure !== undefined) {
    const cause = failure.timeoutFailureInfo === undefined ? failure.applicationFailureInfo?.type : "Timeout";
    return [`${step} failed by ${cause}`];
  }
  const result = factsIn(details?.["result"]);
  if (step === "generate" && typeof result?.["model"] === "string") return ["local model call"];
  if (step === "admit" && typeof result?.["plan"] === "string") return [`plan ${result["plan"]}`];
  if (step === "screen" && result?.["verdict"] === "blocked") return ["reply blocked"];
  return step === "deliver" && result?.["outcome"] === "superseded" ? ["turn superseded"] : [];
}

function shapesOfEnd(events: readonly Event[]): string[] {
  const last = events.at(-1);
  const completed = last?.workflowExecutionCompletedEventAttributes;
  if (completed !== undefined) return shapesOfResult(factsIn(completed.result));
  return last?.eventType.startsWith("EVENT_TYPE_WORKFLOW_EXECUTION_") === true ? [] : ["still open"];
}

function shapesOfResult(result: ResultFacts): string[] {
  if (result === null) return [];
  const { kind, outcome, tier, reason, turns, turnId } = result;
  const refusalClass = result["class"];
  return [
    ...(typeof kind === "string" ? [kind === "joined" ? `joined, ${String(reason)}` : kind] : []),
    ...(typeof outcome === "string" ? [outcome] : []),
    ...(typeof tier === "string" ? [`tier ${tier}`] : []),
    ...(typeof turns === "number" && turns > 1 ? ["several turns"] : []),
    ...(typeof refusalClass === "string" ? [turnId === null ? "not resent" : "resent"] : []),
  ];
}

/** The last of many wakes begins a new run. A run of many turns ends in the same way without a wake. */
function shapesOfWakes(events: readonly Event[]): string[] {
  const isWoken = events.some((event) => event.workflowExecutionSignaledEventAttributes !== undefined);
  const isContinued = events.at(-1)?.eventType === "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW";
  return isWoken && isContinued ? ["new run after wakes"] : [];
}

/** The step `deliver` fails in this way only where the database has lost the reply. */
function shapesOfLoss(events: readonly Event[]): string[] {
  const isLoss = (event: Event) => shapesOfEvent(event).includes("deliver failed by Poison");
  const afterLoss = events.slice(events.findIndex(isLoss) + 1);
  const isRecord = (event: Event) => readStep(event.markerRecordedEventAttributes) === "record";
  return afterLoss.length < events.length && afterLoss.some(isRecord)
    ? ["recorded again after a lost reply"]
    : [];
}

function readStep(marker: Event["markerRecordedEventAttributes"]): string {
  return String(factsIn(marker?.details?.["data"])?.["activity_type"]);
}

function factsIn(payloads: Payloads | undefined): ResultFacts {
  const data = payloads?.payloads?.[0]?.data;
  if (data === undefined) return null;
  const value: unknown = JSON.parse(Buffer.from(data, "base64").toString("utf8"));
  return typeof value === "object" ? (value as ResultFacts) : null;
}
