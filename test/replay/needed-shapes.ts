import type { RecordedHistory } from "./history-file.ts";

/** Events in the life of a run that its history shows. A recording must contain each of them. */
const NEEDED_SHAPES = [
  "message: answered",
  "message: joined, turn_running",
  "message: joined, newer_message",
  "message: suppressed",
  "message: failed",
  "message: plan notice",
  "message: plan silence",
  "message: tier full_context",
  "message: tier compressed_context",
  "message: tier cached_answer",
  "message: tier smaller_model",
  "message: tier fixed_text",
  "message: reply blocked",
  "message: activity retried",
  "message: deliver failed by DeliveryDeferred",
  "message: sent by a normal activity",
  "message: signal retryNow",
  "message: local model call",
  "message: model call over the main queue",
  "message: model call over the model queue",
  "message: generate failed by ModelCallMoved",
  "message: recorded again after a lost reply",
  "message: quiet window",
  "message: several turns",
  "message: turn superseded",
  "message: continued as new",
  "message: started by continue-as-new",
  "message: new run after wakes",
  "message: inlined",
  "message: applied",
  "message: still open",
  "reply: answered",
  "reply: suppressed",
  "reply: signal retryNow",
  "reply: new run after wakes",
  "repair: resent",
  "repair: not resent",
  "handoff: taken_over",
  "handoff: timed_out",
  "handoff: withdrawn",
  "handoff: still open",
  "event: delivered",
  "event: gone",
  "event: failed",
  "event: waiting",
];

/** The needed shapes that these histories do not contain. */
export function missingShapes(histories: readonly RecordedHistory[]): string[] {
  const recorded = new Set(histories.flatMap(({ shapes }) => shapes));
  return NEEDED_SHAPES.filter((shape) => !recorded.has(shape));
}
