import { dirname, join } from "node:path/posix";
import type { SourceFile } from "../source-files.ts";

/** Groups of files that import each other, directly or through others. Type imports count. */
export function findImportCycles(sources: readonly SourceFile[]): string[][] {
  const imports = new Map(sources.map((source) => [source.path, listLocalImports(source)]));
  const reachable = new Map([...imports.keys()].map((path) => [path, findReachable(path, imports)]));
  const cycles = new Map<string, string[]>();
  for (const [path, targets] of reachable) {
    if (!targets.has(path)) continue;
    const members = [...targets].filter((target) => reachable.get(target)?.has(path)).toSorted();
    cycles.set(members.join(), members);
  }
  return [...cycles.values()].toSorted((a, b) => b.length - a.length);
}

/** Static, re-exported and dynamic imports of files of ours, as paths from the root. */
function listLocalImports({ path, text, module }: SourceFile): string[] {
  const exported = module.staticExports.flatMap(({ entries }) => entries.map((entry) => entry.moduleRequest));
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) =>
    text.slice(start + 1, end - 1),
  );
  const requests = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...exported.flatMap((request) => (request === null ? [] : [request.value])),
    ...dynamic,
  ];
  return [...new Set(requests.filter((name) => name.startsWith(".")))].map((name) =>
    join(dirname(path), name),
  );
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
