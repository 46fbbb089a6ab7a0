import type { ChannelName } from "../../../../../db/tenants/channel-account.ts";
import type { Failpoint } from "../../../../../infra/runtime/failpoint.ts";

export interface CrashPoint {
  /** The process that comes by there. */
  process: "api" | "worker" | "model";
  /** The file that names the point. */
  file: string;
  /** How the system behaves when that process dies at the point. */
  consequence: string;
}

const DELIVERED_AGAIN =
  "Nothing was stored and nothing was promised: the sender gets no answer and delivers again.";
const STEP_AGAIN = "The step is done again by whoever takes the workflow over; nothing had left the house.";

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
      "The claim is rolled back with its transaction: the sender gets no answer and delivers again.",
  },
  after_message_commit: {
    process: "api",
    file: "api/ingest/start-message.ts",
    consequence:
      "The sender gets no answer and delivers again; the second copy is known, and its workflow is started.",
  },
  after_acknowledgement: {
    process: "api",
    file: "api/ingest/start-message.ts",
    consequence:
      "Nobody delivers it again: the sweeper finds a stored message without a workflow and starts it.",
  },
  after_workflow_start: {
    process: "api",
    file: "api/ingest/start-message.ts",
    consequence: "The workflow runs; nothing of ours hung on the reply.",
  },
  before_screen: {
    process: "worker",
    file: "activities/screen.ts",
    consequence: STEP_AGAIN,
  },
  after_rate_token: {
    process: "worker",
    file: "activities/admit.ts",
    consequence: "The step is done again and finds its turn open; the person pays one token more.",
  },
  after_passage_ranking: {
    process: "worker",
    file: "activities/answer/retrieval/search.ts",
    consequence: STEP_AGAIN,
  },
  during_model_response: {
    process: "model",
    file: "activities/answer/model/model-client.ts",
    consequence:
      "The heartbeat stops and the call is made again: it may be paid twice, and is answered once.",
  },
  after_model_response: {
    process: "model",
    file: "activities/generate.ts",
    consequence:
      "The call is made again. Only here a finished call is paid twice, and the contact is answered once.",
  },
  after_record_commit: {
    process: "worker",
    file: "activities/record.ts",
    consequence: "The step is done again and changes nothing: the rows are there.",
  },
  after_gate_commit: {
    process: "worker",
    file: "activities/delivery/send-reply-part.ts",
    consequence:
      "Nobody can say whether it was sent. With a key it is sent again, where the vendor can be asked it is found missing and sent; else it stays `unknown` for an operator, and the person waits.",
  },
  after_vendor_acceptance: {
    process: "worker",
    file: "infra/runtime/network/egress-guard.ts",
    consequence:
      "With a key it is sent again and dropped by the receiver, where the vendor can be asked it is found; else it stays `unknown`, and the person has it.",
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
      "The step is done again, finds the turn closed and the conversation still its own, and goes on.",
  },
};

/** A process of ours kills itself at the point; a server is killed while everybody stands at it. */
export const VICTIMS = ["own", "temporal", "postgres"] as const;
export type Victim = (typeof VICTIMS)[number];

/** One channel for each thing that a vendor may offer against a lost answer. */
export const PROBE_CHANNELS = [
  { channel: "webhook", is: "takes an idempotency key" },
  { channel: "twilio-sms", is: "can be asked what it took" },
  { channel: "telegram", is: "neither: at most once" },
] as const satisfies readonly { channel: ChannelName; is: string }[];
export type ProbeChannel = (typeof PROBE_CHANNELS)[number]["channel"];

/** How many messages a person must see for each one of theirs, at least and at most. Nobody ever sees two. */
export function expectedRepliesPerMessage({ points, victim, channel }: DueQuery): {
  least: number;
  most: number;
} {
  // The declared policy of such a channel: rather once too few than once too often.
  if (channel !== "telegram" || !points.includes("after_gate_commit")) return { least: 1, most: 1 };
  // With a server away the process lives, and sends unless its time was up meanwhile.
  return { least: 0, most: victim === "own" ? 0 : 1 };
}

interface DueQuery {
  points: readonly Failpoint[];
  victim: Victim;
  channel: ProbeChannel;
}
