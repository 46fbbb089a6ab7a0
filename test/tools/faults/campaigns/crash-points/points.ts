import type { ChannelName } from "../../../../../db/tenants/channel-account.ts";
import type { Failpoint } from "../../../../../infra/runtime/failpoint.ts";

export interface CrashPoint {
  /** The process that comes by there. */
  process: "api" | "worker" | "model";
  /** The moment, in words, and where it stands in the product. */
  description: string;
  file: string;
  /** What the system does where that process dies there. */
  consequence: string;
}

const DELIVERED_AGAIN =
  "Nothing was stored and nothing was promised: the sender gets no answer and delivers again.";
const STEP_AGAIN = "The step is done again by whoever takes the workflow over; nothing had left the house.";

export const POINTS: Readonly<Record<Failpoint, CrashPoint>> = {
  K0: {
    process: "api",
    description: "half of the request's body is there",
    file: "api/ingest/webhook-route.ts",
    consequence: DELIVERED_AGAIN,
  },
  K1: {
    process: "api",
    description: "the signature is verified, nothing is claimed",
    file: "api/ingest/webhook-route.ts",
    consequence: DELIVERED_AGAIN,
  },
  K2: {
    process: "api",
    description:
      "the dedupe key is claimed, the text is not written (one transaction: the claim falls with it)",
    file: "db/inbound/inbox.ts",
    consequence:
      "The claim is rolled back with its transaction: the sender gets no answer and delivers again.",
  },
  K3: {
    process: "api",
    description: "the message is committed, the answer has not left",
    file: "api/ingest/start-message.ts",
    consequence:
      "The sender gets no answer and delivers again; the second copy is known, and its workflow is started.",
  },
  K4: {
    process: "api",
    description: "the 2xx has left, the start has not",
    file: "api/ingest/start-message.ts",
    consequence:
      "Nobody delivers it again: the sweeper finds a stored message without a workflow and starts it.",
  },
  K5: {
    process: "api",
    description: "Temporal has the start, its reply is lost",
    file: "api/ingest/start-message.ts",
    consequence: "The workflow runs; nothing of ours hung on the reply.",
  },
  K6: {
    process: "worker",
    description: "between two steps: the answer is made, its screen has not begun",
    file: "activities/screen.ts",
    consequence: STEP_AGAIN,
  },
  K7: {
    process: "worker",
    description: "inside the rate check: the token is taken, the plan is not written",
    file: "activities/admit.ts",
    consequence: "The step is done again and finds its turn open; the person pays one token more.",
  },
  K8: {
    process: "worker",
    description: "inside retrieval: ranked, passages not read",
    file: "activities/answer/retrieval/search.ts",
    consequence: STEP_AGAIN,
  },
  K9: {
    process: "model",
    description: "the model's answer has begun and not been read",
    file: "activities/answer/model/model-client.ts",
    consequence:
      "The heartbeat stops and the call is made again: it may be paid twice, and is answered once.",
  },
  K10: {
    process: "model",
    description: "the model's answer is there and not stored",
    file: "activities/generate.ts",
    consequence: "As K9: the only moment at which a finished call is paid twice.",
  },
  K11: {
    process: "worker",
    description: "reply and delivery rows are committed, Temporal does not know",
    file: "activities/record.ts",
    consequence: "The step is done again and changes nothing: the rows are there.",
  },
  K12: {
    process: "worker",
    description: "the part is marked as being sent, the send has not begun",
    file: "activities/delivery/send-reply-part.ts",
    consequence:
      "Nobody can say whether it was sent. With a key it is sent again, where the vendor can be asked it is found missing and sent; else it stays `unknown` for an operator, and the person waits.",
  },
  K13: {
    process: "worker",
    description: "the vendor has taken the send, its reply is not read",
    file: "infra/runtime/network/egress-guard.ts",
    consequence:
      "With a key it is sent again and dropped by the receiver, where the vendor can be asked it is found; else it stays `unknown`, and the person has it.",
  },
  K14: {
    process: "worker",
    description: "the vendor's reply is read, its outcome is not written",
    file: "activities/delivery/send-reply-part.ts",
    consequence: "As K13.",
  },
  K15: {
    process: "worker",
    description:
      "the run's last turn has ended with messages waiting: the workflow is about to continue as new",
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
  if (channel !== "telegram" || !points.includes("K12")) return { least: 1, most: 1 };
  // With a server away the process lives, and sends unless its time was up meanwhile.
  return { least: 0, most: victim === "own" ? 0 : 1 };
}

interface DueQuery {
  points: readonly Failpoint[];
  victim: Victim;
  channel: ProbeChannel;
}
