import { readFileSync } from "node:fs";
import { gradeRow } from "./grade-table.ts";
import type { ChannelGrades } from "./grade-channel.ts";

const PAGE = new URL("../../../../docs/channels.md", import.meta.url);

/** What docs/channels.md says about a channel, compared with its grades. */
export type Publication = "as_published" | "differs" | "not_published";

export function comparePublished(graded: ChannelGrades): Publication {
  const rows = readFileSync(PAGE, "utf8").split("\n").map(readCells);
  const published = rows.filter(([channel]) => channel === graded.channel);
  if (published.length === 0) return "not_published";
  const row = gradeRow(graded).join("|");
  return published.some((cells) => cells.join("|") === row) ? "as_published" : "differs";
}

function readCells(line: string): string[] {
  return line.startsWith("| ")
    ? line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim())
    : [];
}
