import { ABILITIES, type Ability } from "../channel-kit.ts";
import type { ChannelGrades, Grade } from "./grade-channel.ts";

const WORDS: Readonly<Record<Grade["grade"], string>> = Object.freeze({
  pass: "yes",
  fail: "FAILS",
  not_offered: "-",
});

/** The grades as Markdown: one row per channel, and below it why what is missing is missing. */
export function gradeTable(channels: readonly ChannelGrades[]): string {
  const rows = [
    ["channel", ...ABILITIES.map((ability) => ability.replaceAll("_", " "))],
    ...channels.map(({ channel, abilities }) => [
      channel,
      ...ABILITIES.map((ability) => WORDS[abilities[ability].grade]),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lineOf = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  const ruler = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return `${[lineOf(head), ruler, ...body.map(lineOf)].join("\n")}\n\n${reasons(channels).join("\n")}\n`;
}

function reasons(channels: readonly ChannelGrades[]): string[] {
  return channels.flatMap(({ channel, abilities, notes }) => {
    const missing = ABILITIES.flatMap((ability) => reasonOf(ability, abilities[ability]));
    const said = [...missing, ...notes.map((note) => `*verify*: ${note}`)];
    return said.length === 0 ? [] : [`- **${channel}**: ${said.join(" ")}`];
  });
}

function reasonOf(ability: Ability, grade: Grade): string[] {
  return grade.grade === "not_offered" ? [`*${ability.replaceAll("_", " ")}*: ${grade.reason}`] : [];
}
