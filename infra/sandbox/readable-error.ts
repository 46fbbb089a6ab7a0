import { UserError } from "../runtime/errors.ts";

const NOT_WRITABLE = new Set(["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"]);

/** An error that the user can correct becomes one sentence. Any other error is returned unchanged. */
export function toReadableError(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC") {
    return new UserError(
      "The disk is full: free some space, or set PARLEY_DATA_DIR to a folder on another disk.",
    );
  }
  // A program that cannot be started has the same codes, so the path decides.
  if (NOT_WRITABLE.has(code ?? "") && isRelated(path, dataDir)) {
    return new UserError(
      `The data folder ${dataDir} cannot be written (${code}): set PARLEY_DATA_DIR to a writable folder.`,
    );
  }
  return error;
}

/** A path inside the folder, or a parent folder that could not be created. */
function isRelated(path: string | undefined, dataDir: string): boolean {
  return path !== undefined && (path.startsWith(dataDir) || dataDir.startsWith(path));
}
