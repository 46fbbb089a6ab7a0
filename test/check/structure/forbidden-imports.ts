import { readImports, type LocalImport } from "./read-imports.ts";
import { IMPORT_EXCEPTIONS, IMPORT_RULES, type ImportRule } from "./import-rules.ts";
import type { SourceFile } from "../source-files.ts";

export function findForbiddenImports(sources: readonly SourceFile[]): string[] {
  return sources.flatMap((source) => {
    const [room, rule] =
      Object.entries(IMPORT_RULES).find(([folder]) => source.path.startsWith(folder)) ?? [];
    if (room === undefined || rule === undefined) return [];
    const exceptions = IMPORT_EXCEPTIONS[source.path] ?? [];
    return readImports(source)
      .filter((found) => !found.target.startsWith(room) && !exceptions.includes(found.target))
      .filter((found) => !isAllowed(rule, found))
      .map(({ target }) => `${source.path} imports ${target}`);
  });
}

/** The rows of the table in docs/architecture.md. */
export function formatImportTable(): string[] {
  return Object.entries(IMPORT_RULES).map(([room, { may, types }]) => {
    const values = may.map((path) => `\`${path}\``).join(", ");
    const typeNames = types.map((path) => `\`${path}\``).join(", ");
    const parts = [values, typeNames === "" ? "" : `types of ${typeNames}`].filter((part) => part !== "");
    return `| \`${room}\` | ${parts.join("; ")} |`;
  });
}

function isAllowed(
  { may, types, packages }: ImportRule,
  { target, isLocal, isTypeOnly }: LocalImport,
): boolean {
  if (target.startsWith("node:")) return true;
  if (!isLocal) return packages === "all" || packages.some((name) => isSameOrInside(target, `${name}/`));
  return [...may, ...(isTypeOnly ? types : [])].some((path) => isSameOrInside(target, path));
}

function isSameOrInside(target: string, path: string): boolean {
  return path.endsWith("/") ? `${target}/` === path || target.startsWith(path) : target === path;
}
