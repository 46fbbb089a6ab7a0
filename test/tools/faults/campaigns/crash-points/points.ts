import type { ChannelName } from "../../../../../db/tenants/channel-account.ts";
import type { Failpoint } from "../../../../../infra/runtime/failpoint.ts";
import { modelProcessOf, type Shape } from "../../shape.ts";

export interface CrashPoint {
  /** The process that reaches the point. "caller": the one that makes the model calls, so the point has a row for each shape. */
  process: "api" | "worker" | "caller";
  /** The file that names the point. */
  file: string;
  /** How the system behaves when that process dies at the point. */
  consequence: string;
  /** The same where a separate worker makes the model calls. */
  separateConsequence?: string;
}

const DELIVERED_AGAIN = "Nothing was stored or acknowledged: the caller gets no response and delivers again.";
const STEP_AGAIN = "Another worker repeats the step; nothing was sent.";

export const POINTS: Readonly<Record<Failpoint, CrashPoint>> = {
  half_body_read: {
    process: "api",
    file: "api/ingest/webhook-route.ts",
    consequence: DELIVERED_AGAIN,
  },
  after_signature_check: {
    process: "api",
    file: "api/ingest/webhook-route.ts",
    consequence: DELIVERED_AGAIN,
  },
  after_dedupe_insert: {
    process: "api",
    file: "db/inbound/inbox.ts",
    consequence:
      "The message is rolled back with its transaction: the caller gets no response and delivers again.",
  },
  after_message_commit: {
    process: "api",
    file: "api/ingest/start-message.ts",
    consequence:
      "The caller gets no response and delivers again; the copy is recognised, and the workflow is started.",
  },
  after_acknowledgement: {
    process: "api",
    file: "api/ingest/start-message.ts",
    consequence:
      "The caller does not deliver again: the sweeper finds the message without a workflow and starts one.",
  },
  after_workflow_start: {
    process: "api",
    file: "api/ingest/start-message.ts",
    consequence: "The workflow runs; its start needs no further work.",
  },
  before_screen: {
    process: "worker",
    file: "activities/screen.ts",
    consequence: STEP_AGAIN,
  },
  after_rate_token: {
    process: "worker",
    file: "activities/admit.ts",
    consequence:
      "The step is repeated and finds its turn open; the attempt gets the verdict of the first and takes no other token.",
  },
  after_passage_ranking: {
    process: "worker",
    file: "activities/answer/retrieval/search.ts",
    consequence: STEP_AGAIN,
  },
  during_model_response: {
    process: "caller",
    file: "activities/answer/model/model-client.ts",
    consequence:
      "The workflow task times out and is repeated, and the call too: it may be paid twice, and the contact is answered once.",
    separateConsequence:
      "The heartbeat stops and the call is repeated: it may be paid twice, and the contact is answered once.",
  },
  after_model_response: {
    process: "caller",
    file: "activities/generate.ts",
    consequence:
      "The workflow task times out and is repeated, and the call too. Only here a finished call is paid twice, and the contact is answered once.",
    separateConsequence:
      "The heartbeat stops and the call is repeated. Only here a finished call is paid twice, and the contact is answered once.",
  },
  after_record_commit: {
    process: "worker",
    file: "activities/record.ts",
    consequence: "The step is repeated and changes nothing: the rows exist.",
  },
  after_gate_commit: {
    process: "worker",
    file: "activities/delivery/send-reply-part.ts",
    consequence:
      "It is unknown whether the part was sent. With an idempotency key it is sent again. With a status query it is found missing and sent. Otherwise it stays `unknown` for an operator, and the contact waits.",
  },
  after_vendor_acceptance: {
    process: "worker",
    file: "infra/runtime/network/egress-guard.ts",
    consequence:
      "With an idempotency key it is sent again, and the receiver drops it. With a status query it is found. Otherwise it stays `unknown`, although the contact has it.",
  },
  after_vendor_response: {
    process: "worker",
    file: "activities/delivery/send-reply-part.ts",
    consequence: "As after_vendor_acceptance.",
  },
  after_last_turn: {
    process: "worker",
    file: "activities/deliver.ts",
    consequence:
      "The step is repeated, finds the turn closed and the conversation still its own, and continues.",
  },
};

/** The process that reaches the point, in an installation of this shape. */
export function processAt(point: Failpoint, shape: Shape): "api" | "worker" | "model" {
  const { process } = POINTS[point];
  return process === "caller" ? modelProcessOf(shape) : process;
}

/** The points of the page that also differ by shape. */
export function isAtCall(point: Failpoint): boolean {
  return POINTS[point].process === "caller";
}

/** "own": the process kills itself at the point. A server is killed while processes wait at the point. */
export const VICTIMS = ["own", "temporal", "postgres"] as const;
export type Victim = (typeof VICTIMS)[number];

/** One channel for each way to recover a send with a lost response. */
export const PROBE_CHANNELS = [
  { channel: "webhook", recovery: "takes an idempotency key" },
  { channel: "twilio-sms", recovery: "has a status query" },
  { channel: "telegram", recovery: "neither: at most once" },
] as const satisfies readonly { channel: ChannelName; recovery: string }[];
export type ProbeChannel = (typeof PROBE_CHANNELS)[number]["channel"];

/** The minimum and maximum of replies for each message. No contact may get two. */
export function expectedRepliesPerMessage({ points, victim, channel }: DueQuery): {
  least: number;
  most: number;
} {
  // The policy of such a channel: no reply is better than two.
  if (channel !== "telegram" || !points.includes("after_gate_commit")) return { least: 1, most: 1 };
  // When a server is down the process lives, and sends unless its timeout has passed.
  return { least: 0, most: victim === "own" ? 0 : 1 };
}

interface DueQuery {
  points: readonly Failpoint[];
  victim: Victim;
  channel: ProbeChannel;
}
