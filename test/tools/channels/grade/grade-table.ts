import { ABILITIES } from "../channel-kit.ts";
import type { ChannelGrades, Grade } from "./grade-channel.ts";
import { markdownTable } from "./markdown-table.ts";

const WORDS: Readonly<Record<Grade["grade"], string>> = Object.freeze({
  pass: "yes",
  fail: "FAILS",
  not_offered: "-",
});
const HOUR = 3_600_000;

/** The grades as Markdown: what each channel can do, what it says of itself, and why what is missing is missing. */
export function gradeTable(channels: readonly ChannelGrades[]): string {
  const abilities = markdownTable([["channel", ...ABILITIES.map(formatAbility)], ...channels.map(gradeRow)]);
  const reasons = channels.flatMap(reasonsOf);
  return `${[abilities, factTable(channels), ...reasons].join("\n\n")}\n`;
}

/** The channel's row of the table of abilities. */
export function gradeRow({ channel, abilities }: ChannelGrades): string[] {
  return [channel, ...ABILITIES.map((ability) => WORDS[abilities[ability].grade])];
}

function factTable(channels: readonly ChannelGrades[]): string {
  return markdownTable([
    [
      "channel",
      "delivery",
      "quiet window",
      "reply window",
      "for agents",
      "longest part",
      "rate",
      "per contact",
    ],
    ...channels.map(({ channel, facts }) => [
      channel,
      facts.delivery_class,
      `${facts.quiet_window_ms / 1_000} s`,
      formatHours(facts.reply_window_ms),
      formatHours(facts.agent_reply_window_ms),
      String(facts.longest_part),
      formatRate(facts.account_rate),
      formatRate(facts.recipient_rate),
    ]),
  ]);
}

function reasonsOf({ channel, abilities, notes }: ChannelGrades): string[] {
  const missing = ABILITIES.flatMap((ability) => {
    const grade = abilities[ability];
    return grade.grade === "not_offered" ? [`_${formatAbility(ability)}_: ${grade.reason}`] : [];
  });
  const said = [...missing, ...notes.map((note) => `_verify_: ${note}`)];
  return said.length === 0 ? [] : [`**${channel}**`, said.map((line) => `- ${line}`).join("\n")];
}

function formatAbility(ability: string): string {
  return ability.replaceAll("_", " ");
}

function formatHours(ms: number | null): string {
  return ms === null ? "none" : `${ms / HOUR} h`;
}

/** Rates below one a second are given per minute. */
function formatRate(perSecond: number): string {
  return perSecond >= 1 ? `${perSecond}/s` : `${Math.round(perSecond * 60)}/min`;
}
