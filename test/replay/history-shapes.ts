/** As much of an event of Temporal's JSON form as is looked at here. */
interface Event {
  eventType: string;
  workflowExecutionStartedEventAttributes?: {
    input?: Payloads;
    continuedExecutionRunId?: string;
    firstWorkflowTaskBackoff?: string;
  };
  workflowExecutionCompletedEventAttributes?: { result?: Payloads };
  markerRecordedEventAttributes?: { details?: Record<string, Payloads>; failure?: Failure };
  activityTaskScheduledEventAttributes?: { activityType?: { name?: string } };
  activityTaskStartedEventAttributes?: { attempt?: number };
  activityTaskTimedOutEventAttributes?: object;
}
interface Payloads {
  payloads?: { data?: string }[];
}
interface Failure {
  applicationFailureInfo?: { type?: string };
  timeoutFailureInfo?: object;
}
type ResultFacts = Record<string, unknown> | null;

/** The ways a run may go that read differently in its history, as words; a recording has to hold every one of them. */
export function shapesOf(workflowType: string, events: readonly unknown[]): string[] {
  const typed = events as readonly Event[];
  const shapes = [...typed.flatMap(shapesOfEvent), ...shapesOfEnd(typed)];
  return [...new Set(shapes)].map((shape) => `${workflowType}: ${shape}`).toSorted();
}

function shapesOfEvent(event: Event): string[] {
  const started = event.workflowExecutionStartedEventAttributes;
  if (started !== undefined) return shapesOfStart(started);
  if (event.markerRecordedEventAttributes !== undefined)
    return shapesOfStep(event.markerRecordedEventAttributes);
  if (event.activityTaskTimedOutEventAttributes !== undefined) return ["activity timed out"];
  if ((event.activityTaskStartedEventAttributes?.attempt ?? 1) > 1) return ["activity tried again"];
  const scheduled = event.activityTaskScheduledEventAttributes?.activityType?.name;
  if (scheduled === "deliver") return ["sent the long way"];
  return TASK_TROUBLE.get(event.eventType) ?? [];
}

const TASK_TROUBLE = new Map([
  ["EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT", ["task lost"]],
  ["EVENT_TYPE_WORKFLOW_TASK_FAILED", ["task failed"]],
  ["EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW", ["continued as new"]],
  ["EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED", ["terminated"]],
]);

function shapesOfStart(started: NonNullable<Event["workflowExecutionStartedEventAttributes"]>): string[] {
  const input = factsIn(started.input);
  return [
    ...(input?.["inlined"] === undefined ? [] : ["inlined"]),
    ...((started.continuedExecutionRunId ?? "") === "" ? [] : ["begun by continuing"]),
    ...(Number.parseFloat(started.firstWorkflowTaskBackoff ?? "0") > 0 ? ["quiet window"] : []),
  ];
}

/** A local step: its name stands in the marker's data, beside result or failure. */
function shapesOfStep({ details, failure }: NonNullable<Event["markerRecordedEventAttributes"]>): string[] {
  const step = String(factsIn(details?.["data"])?.["activity_type"]);
  if (failure !== undefined) {
    const why = failure.timeoutFailureInfo === undefined ? failure.applicationFailureInfo?.type : "Timeout";
    return [`${step} failed by ${why}`];
  }
  const result = factsIn(details?.["result"]);
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
  const classed = result["class"];
  return [
    ...(typeof kind === "string" ? [kind === "joined" ? `joined, ${String(reason)}` : kind] : []),
    ...(typeof outcome === "string" ? [outcome] : []),
    ...(typeof tier === "string" ? [`tier ${tier}`] : []),
    ...(typeof turns === "number" && turns > 1 ? ["several turns"] : []),
    ...(typeof classed === "string" ? [turnId === null ? "not sent again" : "sent again"] : []),
  ];
}

function factsIn(payloads: Payloads | undefined): ResultFacts {
  const data = payloads?.payloads?.[0]?.data;
  if (data === undefined) return null;
  const value: unknown = JSON.parse(Buffer.from(data, "base64").toString("utf8"));
  return typeof value === "object" ? (value as ResultFacts) : null;
}
