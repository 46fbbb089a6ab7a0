import pc from "picocolors";

/** Facts one below the other, nested ones indented. */
export function describeFacts(facts: object, indent = ""): string {
  return Object.entries(facts)
    .map(([name, value]) => {
      const label = pc.bold(name.replaceAll("_", " "));
      if (value instanceof Date) return `${indent}${label}  ${value.toISOString()}`;
      if (typeof value !== "object" || value === null) return `${indent}${label}  ${String(value ?? "-")}`;
      const inner = describeFacts(value as object, `${indent}  `);
      return inner === "" ? `${indent}${label}  none` : `${indent}${label}\n${inner}`;
    })
    .join("\n");
}
