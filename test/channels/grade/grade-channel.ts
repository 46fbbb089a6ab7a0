import type { OutboundChannel } from "../../../activities/channels/channel.ts";
import { ABILITIES, type Ability, type ChannelKit } from "../channel-kit.ts";
import { openBench, type Bench } from "./bench.ts";
import { factsOf, type ChannelFacts } from "./channel-facts.ts";
import { createFindings, type Findings } from "./findings.ts";
import { gradeBatch } from "./grade-batch.ts";
import { gradeDedupe } from "./grade-dedupe.ts";
import { gradeErrors } from "./grade-errors.ts";
import { gradeIdempotentSend } from "./grade-idempotent-send.ts";
import { gradeReceipts } from "./grade-receipts.ts";
import { gradeReconcile } from "./grade-reconcile.ts";
import { gradeRotate } from "./grade-rotate.ts";
import { gradeSplit } from "./grade-split.ts";
import { gradeTyping } from "./grade-typing.ts";
import { gradeVerify } from "./grade-verify.ts";
import { gradeWindow } from "./grade-window.ts";

export type Grade =
  | { grade: "pass" }
  | { grade: "fail"; seen: string[] }
  | { grade: "not_offered"; reason: string };

export interface ChannelGrades {
  channel: string;
  /** No ability failed. */
  ok: boolean;
  facts: ChannelFacts;
  abilities: Record<Ability, Grade>;
  /** What the vendor's signature leaves out, and why. */
  notes: string[];
}

const CHECKS: Readonly<Record<Ability, (bench: Bench, findings: Findings) => void | Promise<void>>> =
  Object.freeze({
    verify: gradeVerify,
    rotate: gradeRotate,
    batch: gradeBatch,
    dedupe: gradeDedupe,
    receipts: gradeReceipts,
    split: gradeSplit,
    idempotent_send: gradeIdempotentSend,
    reconcile: gradeReconcile,
    window: gradeWindow,
    errors: gradeErrors,
    typing: gradeTyping,
  });

/** An ability that is said not to be offered, and that the outbound half claims all the same. */
const CLAIMS: Partial<Record<Ability, (outbound: OutboundChannel) => boolean>> = Object.freeze({
  receipts: ({ receipts }) => receipts,
  idempotent_send: ({ deliveryClass }) => deliveryClass === "idempotency-key",
  reconcile: ({ deliveryClass }) => deliveryClass === "reconcile",
  window: ({ replyWindowMs }) => replyWindowMs !== null,
  typing: ({ indicateTyping }) => indicateTyping !== undefined,
});

/** Runs both halves of a channel through every check, each on a vendor of its own. */
export async function gradeChannel(
  kit: ChannelKit,
  onAbility: (ability: Ability) => void = () => undefined,
): Promise<ChannelGrades> {
  onAbility("verify");
  await kit.open?.();
  try {
    return await gradeOpened(kit, onAbility);
  } finally {
    await kit.close?.();
  }
}

async function gradeOpened(kit: ChannelKit, onAbility: (ability: Ability) => void): Promise<ChannelGrades> {
  const grades: [Ability, Grade][] = [];
  for (const ability of ABILITIES) {
    onAbility(ability);
    const bench = await openBench(kit);
    grades.push([ability, await gradeOf(ability, bench)]);
    await bench.close();
  }
  const { covers } = kit.signature;
  return {
    channel: kit.name,
    ok: grades.every(([, { grade }]) => grade !== "fail"),
    facts: await factsOf(kit),
    abilities: Object.fromEntries(grades) as Record<Ability, Grade>,
    notes: Object.values(covers).filter((cover) => cover !== true),
  };
}

async function gradeOf(ability: Ability, bench: Bench): Promise<Grade> {
  const reason = bench.kit.notOffered[ability];
  if (reason !== undefined) {
    const isClaimed = CLAIMS[ability]?.(bench.outbound) ?? false;
    if (!isClaimed) return { grade: "not_offered", reason };
    return { grade: "fail", seen: [`said not to be offered, and offered by the outbound half: ${reason}`] };
  }
  const findings = createFindings();
  try {
    await CHECKS[ability](bench, findings);
  } catch (error) {
    findings.want(false, error instanceof Error ? error.message : String(error));
  }
  const seen = findings.seen();
  return seen.length === 0 ? { grade: "pass" } : { grade: "fail", seen };
}
