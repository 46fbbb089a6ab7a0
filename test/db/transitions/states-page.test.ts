import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { Move } from "../../../db/transitions/move.ts";
import { STATE_COLUMNS, type StateColumn } from "./state-columns.ts";

const PAGE = fileURLToPath(new URL("../../../docs/states.md", import.meta.url));
const SOURCE = fileURLToPath(new URL("../../../db", import.meta.url));

it("docs/states.md has the moves of every state column (UPDATE_STATES=1 writes it)", () => {
  const page = formatPage();
  if (process.env["UPDATE_STATES"] === "1") writeFileSync(PAGE, page);
  expect(readFileSync(PAGE, "utf8")).toBe(page);
});

it("every function that the tables name exists", () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const text = files.map((name) => readFileSync(`${SOURCE}/${name}`, "utf8")).join("\n");
  const named = new Set(STATE_COLUMNS.flatMap(({ moves }) => moves.flatMap(({ by }) => by)));
  expect([...named].filter((name) => !text.includes(`export async function ${name}(`))).toEqual([]);
});

function formatPage(): string {
  return `# States

The state columns of the database and all moves that they make. The UPDATEs take their conditions from the same tables, in
\`db/transitions/\`. A property test compares the tables with the moves that the operations make in PostgreSQL.

This page is written by \`UPDATE_STATES=1 npx vitest run test/db/transitions/states-page.test.ts --config test/vitest.unit.ts\`.

${STATE_COLUMNS.map(formatColumn).join("\n")}`;
}

function formatColumn({ table, column, about, moves }: StateColumn): string {
  const head = ["from", "to", "by", "why"];
  const rows = [head, head.map(() => "---"), ...moves.map(formatMove)];
  return `## ${table}.${column}\n\n${about}\n\n${alignTable(rows)}\n`;
}

function formatMove({ from, to, by, why }: Move): string[] {
  const names = (words: readonly string[]) => words.map((word) => `\`${word}\``).join(", ");
  return [from.length === 0 ? "(new row)" : names(from), names([to]), names(by), why];
}

/** In the layout of the formatter of this repository. */
function alignTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const pad = (cell: string, width: number) => (cell === "---" ? "-".repeat(width) : cell.padEnd(width));
  return rows.map((row) => `| ${row.map((cell, i) => pad(cell, widths[i] ?? 0)).join(" | ")} |`).join("\n");
}
