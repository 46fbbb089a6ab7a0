import { dirname } from "node:path/posix";

export interface FolderSize {
  folder: string;
  files: number;
}

/** How many source files each folder holds directly, largest first. */
export function measureFolders(paths: readonly string[]): FolderSize[] {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  return [...counts]
    .map(([folder, files]) => ({ folder, files }))
    .toSorted((a, b) => b.files - a.files || a.folder.localeCompare(b.folder));
}
