import { readImports } from "./read-imports.ts";
import type { SourceFile } from "../source-files.ts";

/** Groups of files that import each other, directly or through others. Type imports count. */
export function findImportCycles(sources: readonly SourceFile[]): string[][] {
  const imports = new Map(sources.map((source) => [source.path, listLocalTargets(source)]));
  const reachable = new Map([...imports.keys()].map((path) => [path, findReachable(path, imports)]));
  const cycles = new Map<string, string[]>();
  for (const [path, targets] of reachable) {
    if (!targets.has(path)) continue;
    const members = [...targets].filter((target) => reachable.get(target)?.has(path)).toSorted();
    cycles.set(members.join(), members);
  }
  return [...cycles.values()].toSorted((a, b) => b.length - a.length);
}

function findReachable(start: string, imports: ReadonlyMap<string, string[]>): Set<string> {
  const found = new Set<string>();
  const open = [...(imports.get(start) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(imports.get(next) ?? []));
  }
  return found;
}

function listLocalTargets(source: SourceFile): string[] {
  const local = readImports(source).filter(({ isLocal }) => isLocal);
  return [...new Set(local.map(({ target }) => target))];
}
