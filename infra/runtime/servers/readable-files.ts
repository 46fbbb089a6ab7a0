import { accessSync, constants, readFileSync } from "node:fs";

/** Clients read files at their first connection, so a missing one would look like an outage. */
export function findUnreadableFile(paths: readonly (string | null)[]): string | null {
  return paths.find((path) => path !== null && !isReadable(path)) ?? null;
}

/** TLS ignores a file without certificates, and then trusts no server. */
export function isCertificateFile(path: string): boolean {
  return readFileSync(path, "utf8").includes("-----BEGIN CERTIFICATE-----");
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    // Not logged: the problem of the setting says it.
    return false;
  }
}
