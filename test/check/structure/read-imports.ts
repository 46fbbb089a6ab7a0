import { dirname, join } from "node:path/posix";
import type { SourceFile } from "../source-files.ts";

export interface LocalImport {
  /** A path from the root of the repository, or the name of a package or module. */
  target: string;
  isLocal: boolean;
  isTypeOnly: boolean;
}

/** Static imports, re-exports, and dynamic imports of a constant. */
export function readImports({ path, text, module }: SourceFile): LocalImport[] {
  const imports = module.staticImports.map(({ moduleRequest, entries }) =>
    describeImport(path, moduleRequest.value, entries),
  );
  const exports = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap((entry) =>
      entry.moduleRequest === null ? [] : [describeImport(path, entry.moduleRequest.value, [entry])],
    ),
  );
  const dynamic = module.dynamicImports
    .map(({ moduleRequest: { start, end } }) => text.slice(start, end))
    .filter((request) => /^["'`][^$]*["'`]$/.test(request))
    .map((request) => describeImport(path, request.slice(1, -1), []));
  return [...imports, ...exports, ...dynamic];
}

function describeImport(path: string, request: string, entries: readonly { isType: boolean }[]): LocalImport {
  const isLocal = request.startsWith(".");
  return {
    target: isLocal ? join(dirname(path), request) : request,
    isLocal,
    isTypeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
  };
}
