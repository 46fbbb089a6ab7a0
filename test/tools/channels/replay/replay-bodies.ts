import type { Progress } from "../../../../infra/sandbox/progress.ts";
import type { RecordedBodies } from "./recorded-bodies.ts";
import type { ReplayedBody, ReplayIngress } from "./replay-ingress.ts";

export interface ReplayReport {
  /** Every recorded step is a body or stored state, no response is 5xx, and every body ended as something that has a name. */
  ok: boolean;
  files: number;
  totals: {
    bodies: number;
    messages: number;
    receipts: number;
    changes: number;
    consents: number;
    agent_replies: number;
    /** The same item was recorded twice. */
    duplicates: number;
    handshakes: number;
    ignored: Record<string, number>;
    invalid: number;
    server_errors: number;
  };
  bodies: (ReplayedBody & { file: string; step: string; channel: string; unexplained: boolean })[];
  not_a_body: RecordedBodies["not_a_body"];
  unrecognised: RecordedBodies["unrecognised"];
  unreadable: RecordedBodies["unreadable"];
}

type Counted = Exclude<keyof ReplayReport["totals"], "bodies" | "ignored" | "handshakes" | "server_errors">;

/** What the words of the ingress mean here. */
const MEANS: Readonly<Record<string, Counted>> = Object.freeze({
  stored: "messages",
  inlined: "messages",
  receipt: "receipts",
  late_failure: "receipts",
  edit: "changes",
  delete: "changes",
  moved_thread: "changes",
  opted_in: "consents",
  opted_out: "consents",
  agent_reply: "agent_replies",
  duplicate: "duplicates",
  invalid: "invalid",
});
const IGNORED = /^ignored:(.+)$/;

/** Posts recorded bodies, one after the other, and counts what became of it. */
export async function replayBodies(
  { files, bodies, ...rest }: RecordedBodies,
  { ingress, progress }: { ingress: ReplayIngress; progress: Progress },
): Promise<ReplayReport> {
  const replayed: ReplayReport["bodies"] = [];
  for (const [i, body] of bodies.entries()) {
    progress.tick(`${i + 1} of ${bodies.length}: ${body.file} ${body.step}`);
    const { file, step, channel } = body;
    const result = await ingress.post(body);
    replayed.push({ file, step, channel, ...result, unexplained: isUnexplained(result) });
  }
  const totals = countAll(replayed);
  const isEmpty = bodies.length === 0;
  const isClean =
    rest.unreadable.length === 0 && rest.unrecognised.length === 0 && totals.server_errors === 0;
  const ok = isClean && !isEmpty && replayed.every(({ unexplained }) => !unexplained);
  return { ok, files, totals, bodies: replayed, ...rest };
}

/** Refused, or with an item that could not be used or has an outcome without a name here. */
function isUnexplained({ status, outcomes }: ReplayedBody): boolean {
  const names = Object.keys(outcomes);
  const isNamed = (name: string) => name !== "invalid" && (Object.hasOwn(MEANS, name) || IGNORED.test(name));
  return status < 200 || status > 299 || !names.every(isNamed);
}

function countAll(replayed: readonly ReplayedBody[]): ReplayReport["totals"] {
  const totals: ReplayReport["totals"] = {
    bodies: replayed.length,
    messages: 0,
    receipts: 0,
    changes: 0,
    consents: 0,
    agent_replies: 0,
    duplicates: 0,
    // Answered with what the vendor asked for, and nothing in it to keep.
    handshakes: replayed.filter(
      ({ status, outcomes }) => status === 200 && Object.keys(outcomes).length === 0,
    ).length,
    ignored: {},
    invalid: 0,
    server_errors: replayed.filter(({ status }) => status >= 500).length,
  };
  for (const [name, count] of replayed.flatMap(({ outcomes }) => Object.entries(outcomes))) {
    const [, what] = IGNORED.exec(name) ?? [];
    const meaning = MEANS[name];
    if (what !== undefined) totals.ignored[what] = (totals.ignored[what] ?? 0) + count;
    else if (meaning !== undefined) totals[meaning] += count;
  }
  return totals;
}
