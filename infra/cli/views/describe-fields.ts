import pc from "picocolors";
import { escapeTerminalText } from "./escape-terminal-text.ts";
import { formatTable } from "./format-table.ts";

/** One line for each field; nested fields are indented. */
export function describeFields(fields: object, indent = ""): string {
  return Object.entries(fields)
    .map(([name, value]) => {
      const label = pc.bold(name.replaceAll("_", " "));
      if (isPlain(value)) return `${indent}${label}  ${formatCell(value)}`;
      const inner = describeFields(value as object, `${indent}  `);
      return inner === "" ? `${indent}${label}  none` : `${indent}${label}\n${inner}`;
    })
    .join("\n");
}

function formatCell(value: unknown): string {
  if (value === null || value === undefined || value === "") return "-";
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(formatCell).join(", ");
  return escapeTerminalText(typeof value === "string" ? value : JSON.stringify(value));
}

/** A table with one column for each of these fields. */
export function describeRows(rows: readonly object[], columns: readonly string[]): string {
  if (rows.length === 0) return "none";
  const cells = rows.map((row) => columns.map((name) => oneLine(formatCell(Reflect.get(row, name)))));
  const titles = columns.map((name) => name.replaceAll("_", " "));
  return formatTable([titles, ...cells], { paint: (cell, { row }) => (row === 0 ? pc.bold(cell) : cell) });
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof Date) return true;
  return Array.isArray(value) && value.every((item) => typeof item !== "object");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
