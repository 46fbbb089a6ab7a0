import pc from "picocolors";
import { escapeTerminalText } from "./escape-terminal-text.ts";

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
  const widths = titles.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [pc.bold(line(titles)), ...cells.map(line)].join("\n");
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof Date) return true;
  return Array.isArray(value) && value.every((item) => typeof item !== "object");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
