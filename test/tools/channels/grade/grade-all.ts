import { CHANNEL_NAMES } from "../../../../infra/channels/registry.ts";
import type { Progress } from "../../../../infra/sandbox/progress.ts";
import { chooseKits } from "./choose-kits.ts";
import { comparePublished, type Publication } from "./published-grades.ts";
import { gradeChannel, type ChannelGrades } from "./grade-channel.ts";

export interface GradeReport {
  ok: boolean;
  channels: ChannelGrades[];
  /** Channels of the registry that no kit describes, so that their abilities are unknown. */
  without_kit: string[];
  /** What docs/channels.md says about each graded channel. */
  published: Record<string, Publication>;
}

/** Grades one channel, or all of them. */
export async function gradeAll(name: string | undefined, progress: Progress): Promise<GradeReport> {
  const kits = await chooseKits(name);
  const channels: ChannelGrades[] = [];
  for (const kit of kits) {
    channels.push(await gradeChannel(kit, (ability) => progress.tick(`${kit.name}: ${ability}`)));
  }
  progress.done();
  const described = new Set(kits.map((kit) => kit.name));
  const expected = name === undefined ? CHANNEL_NAMES : [];
  const missing = expected.filter((channel) => !described.has(channel));
  const ok = channels.every((channel) => channel.ok) && missing.length === 0;
  const published = Object.fromEntries(channels.map((graded) => [graded.channel, comparePublished(graded)]));
  return { ok, channels, without_kit: missing, published };
}
