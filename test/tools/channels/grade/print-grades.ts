import pc from "picocolors";
import { ABILITIES } from "../channel-kit.ts";
import type { Publication } from "./published-grades.ts";
import type { GradeReport } from "./grade-all.ts";
import type { ChannelGrades, Grade } from "./grade-channel.ts";

const WIDTH = Math.max(...ABILITIES.map((ability) => ability.length));

/** The grades for a terminal. */
export function printGrades(report: GradeReport): string {
  const { ok, channels, without_kit: missing } = report;
  const undescribed = missing.map((channel) => pc.red(`${channel}: no kit describes it\n`));
  const verdict = ok ? pc.green("no ability fails") : pc.red("some abilities fail");
  const lines = [...channels.map(channelText), ...undescribed].join("\n");
  return `${lines}\n${verdict}\n${publicationText(report)}`;
}

const PUBLICATIONS: Readonly<Record<Publication, string>> = Object.freeze({
  as_published: "as published in docs/channels.md",
  differs: "not as published in docs/channels.md",
  not_published: "not published: docs/channels.md has no row for it",
});

/** One line when all grades are as published, else a line for each channel with another state. */
function publicationText({ published }: GradeReport): string {
  const others = Object.entries(published).filter(([, state]) => state !== "as_published");
  if (others.length === 0) return `all grades are ${PUBLICATIONS.as_published}\n`;
  return others.map(([channel, state]) => pc.yellow(`${channel}: ${PUBLICATIONS[state]}\n`)).join("");
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
