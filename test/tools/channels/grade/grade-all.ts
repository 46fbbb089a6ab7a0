import { inboundChannels } from "../../../../api/channels/registry.ts";
import type { Progress } from "../../../../infra/sandbox/progress.ts";
import { chooseKits } from "./choose-kits.ts";
import { gradeChannel, type ChannelGrades } from "./grade-channel.ts";

export interface GradeReport {
  ok: boolean;
  channels: ChannelGrades[];
  /** Channels that Parley hears and that no kit describes: nobody knows what they can do. */
  without_kit: string[];
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
  const heard = name === undefined ? Object.keys(inboundChannels) : [];
  const missing = heard.filter((channel) => !described.has(channel));
  const ok = channels.every((channel) => channel.ok) && missing.length === 0;
  return { ok, channels, without_kit: missing };
}
