import { createHash } from "node:crypto";
import { UserError } from "../errors.ts";

/** Code of another package that a patch replaces or relies on. */
export interface PatchTarget {
  /** Where a reader finds the code: "Client.prototype.query of pg". */
  code: string;
  /** The package with the version that the patch was written for. */
  writtenFor: string;
  /** `fingerprint` of the code in that version. */
  fingerprint: string;
  /** The installed code: a function, or the text of a file. Undefined where the package has no such code any more. */
  read(): PatchedCode | undefined;
}

/** A function, whose text is its source, or the text of a file. */
export interface PatchedCode {
  toString(): string;
}

export function readMethod(prototype: object, name: string): PatchedCode | undefined {
  return Object.getOwnPropertyDescriptor(prototype, name)?.value as PatchedCode | undefined;
}

/**
 * Throws where the installed code is not the code that the patch was written for. The source is compared and not the version: an update
 * that leaves the code as it was needs no new look.
 */
export function checkPatch(patch: string, targets: readonly PatchTarget[]): void {
  for (const { code, writtenFor, fingerprint: expected, read } of targets) {
    const found = fingerprint(read());
    if (found === expected) continue;
    throw new UserError(
      `${patch} was written for ${code} (${writtenFor}, source ${expected}), but the installed source is ${found}: install the locked version (npm ci), or compare the two sources, adapt the patch and enter the new fingerprint there.`,
    );
  }
}

const FINGERPRINT_LENGTH = 16;

function fingerprint(code: PatchedCode | undefined): string {
  if (code === undefined) return "missing";
  return createHash("sha256").update(code.toString()).digest("hex").slice(0, FINGERPRINT_LENGTH);
}
