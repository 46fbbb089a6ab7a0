import { UserError } from "../runtime/errors.ts";

const NOT_WRITABLE = new Set(["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"]);

/** What a person can mend, as one sentence; anything else as it came. */
export function toReadableError(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC") {
    return new UserError(
      "The disk is full: free some space, or set PARLEY_DATA_DIR to a folder on another disk.",
    );
  }
  // The same codes come from programs that cannot be started: only a path of the data folder speaks of it.
  if (NOT_WRITABLE.has(code ?? "") && isRelated(path, dataDir)) {
    return new UserError(
      `The data folder ${dataDir} cannot be written (${code}): set PARLEY_DATA_DIR to one that can.`,
    );
  }
  return error;
}

/** Inside the folder, or one of the folders above it that could not be made. */
function isRelated(path: string | undefined, dataDir: string): boolean {
  return path !== undefined && (path.startsWith(dataDir) || dataDir.startsWith(path));
}
