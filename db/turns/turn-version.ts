import { randomInt } from "node:crypto";

const MAX_VERSION = 2 ** 48 - 1;

/**
 * The version of a write of a turn. Random, because a crash of PostgreSQL may lose a write with an asynchronous commit. A counter would give
 * its number to another write after that, and a process would take its memory of the lost write for the store.
 */
export function newVersion(): number {
  return randomInt(1, MAX_VERSION);
}
