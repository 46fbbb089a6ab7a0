import type { OutboundChannel } from "../../../../activities/channels/channel.ts";
import { ABILITIES, type Ability, type ChannelKit } from "../channel-kit.ts";
import { openChannelFixture, type ChannelFixture } from "./open-channel-fixture.ts";
import { factsOf, type ChannelFacts } from "./channel-facts.ts";
import { createFindings, type Findings } from "./findings.ts";
import { gradeBatch } from "./abilities/grade-batch.ts";
import { gradeDedupe } from "./abilities/grade-dedupe.ts";
import { gradeErrors } from "./abilities/grade-errors.ts";
import { gradeIdempotentSend } from "./abilities/grade-idempotent-send.ts";
import { gradeReceipts } from "./abilities/grade-receipts.ts";
import { gradeReconcile } from "./abilities/grade-reconcile.ts";
import { gradeRotate } from "./abilities/grade-rotate.ts";
import { gradeSplit } from "./abilities/grade-split.ts";
import { gradeTyping } from "./abilities/grade-typing.ts";
import { gradeVerify } from "./abilities/grade-verify.ts";
import { gradeWindow } from "./abilities/grade-window.ts";

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

const CHECKS: Readonly<
  Record<Ability, (fixture: ChannelFixture, findings: Findings) => void | Promise<void>>
> = Object.freeze({
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

/** Whether the outbound half offers an ability that its kit excludes. */
const OFFERS: Partial<Record<Ability, (outbound: OutboundChannel) => boolean>> = Object.freeze({
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
    return await gradeOpenedKit(kit, onAbility);
  } finally {
    await kit.close?.();
  }
}

async function gradeOpenedKit(
  kit: ChannelKit,
  onAbility: (ability: Ability) => void,
): Promise<ChannelGrades> {
  const grades: [Ability, Grade][] = [];
  for (const ability of ABILITIES) {
    onAbility(ability);
    const fixture = await openChannelFixture(kit);
    grades.push([ability, await gradeOf(ability, fixture)]);
    await fixture.close();
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

async function gradeOf(ability: Ability, fixture: ChannelFixture): Promise<Grade> {
  const reason = fixture.kit.notOffered[ability];
  if (reason !== undefined) {
    const isOffered = OFFERS[ability]?.(fixture.outbound) ?? false;
    if (!isOffered) return { grade: "not_offered", reason };
    return { grade: "fail", seen: [`said not to be offered, and offered by the outbound half: ${reason}`] };
  }
  const findings = createFindings();
  try {
    await CHECKS[ability](fixture, findings);
  } catch (error) {
    findings.expect(false, error instanceof Error ? error.message : String(error));
  }
  const seen = findings.describeSeen();
  return seen.length === 0 ? { grade: "pass" } : { grade: "fail", seen };
}
