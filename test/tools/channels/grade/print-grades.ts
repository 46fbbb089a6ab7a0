import pc from "picocolors";
import { ABILITIES } from "../channel-kit.ts";
import type { GradeReport } from "./grade-all.ts";
import type { ChannelGrades, Grade } from "./grade-channel.ts";

const WIDTH = Math.max(...ABILITIES.map((ability) => ability.length));

/** The grades for a person at a terminal. */
export function printGrades({ ok, channels, without_kit: missing }: GradeReport): string {
  const nobody = missing.map((channel) => pc.red(`${channel}: no kit describes it\n`));
  const verdict = ok ? pc.green("all grades are as published") : pc.red("some abilities fail");
  return `${[...channels.map(channelText), ...nobody].join("\n")}\n${verdict}\n`;
}

function channelText({ channel, facts, abilities, notes }: ChannelGrades): string {
  const lines = ABILITIES.map((ability) => `  ${ability.padEnd(WIDTH)}  ${gradeText(abilities[ability])}`);
  return `${pc.bold(channel)} (${facts.delivery_class})\n${[...lines, ...notes.map((note) => pc.dim(`  ${note}`))].join("\n")}\n`;
}

function gradeText(grade: Grade): string {
  if (grade.grade === "pass") return pc.green("pass");
  if (grade.grade === "not_offered") return pc.dim(`not offered: ${grade.reason}`);
  return `${pc.red("fail")}${grade.seen.map((seen) => `\n      ${seen}`).join("")}`;
}
