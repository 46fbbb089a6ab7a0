import type { RecordedHistory } from "./history-file.ts";

/** What a person does to a run, and what a run does, that reads differently in its history. */
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
  "message: activity tried again",
  "message: activity timed out",
  "message: deliver failed by DeliveryDeferred",
  "message: deliver failed by Timeout",
  "message: sent the long way",
  "message: quiet window",
  "message: several turns",
  "message: turn superseded",
  "message: continued as new",
  "message: begun by continuing",
  "message: inlined",
  "message: still open",
  "reply: answered",
  "reply: suppressed",
  "repair: sent again",
  "repair: not sent again",
  "handoff: taken_over",
  "handoff: timed_out",
  "handoff: withdrawn",
  "handoff: still open",
  "event: delivered",
  "event: gone",
  "event: failed",
  "event: activity tried again",
  "event: still open",
];

/** Of those that a recording has to hold, the ones that these histories do not. */
export function missingShapes(histories: readonly RecordedHistory[]): string[] {
  const there = new Set(histories.flatMap(({ shapes }) => shapes));
  return NEEDED_SHAPES.filter((shape) => !there.has(shape));
}
