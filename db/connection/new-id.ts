import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { v7 } from "uuid";

/*
 * Ids of rows begin with their time (UUID version 7). New rows stay next to each other in an index, so a message writes a few pages at its
 * end and not one page for each id. They are no secrets: 74 bits are random, but an id shows when its row was made. A value whose
 * possession grants something is random.
 */

export const newId = (): string => v7();

/** The same inside a statement, for PostgreSQL before version 18, which has `uuidv7()`: 52 and 53 are the bits that turn version 4 into 7. */
export const NEW_ID = sql.raw(`encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
  PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid`);

/**
 * The id of a numbered part of a row: always the same one, so a part that was lost and is made again keeps its id. It begins with the time of
 * the row's id. 72 bits come from a hash.
 */
export function derivePartId(id: string, part: number): string {
  const hash = createHash("sha256").update(`${id} ${part}`).digest("hex");
  // The time and the version, then the digit that all UUIDs of this layout may have.
  return `${id.slice(0, 15)}${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
}

/** When an id of this file was made, by the clock of its process; null for any other id. */
export function timeOfId(id: string): number | null {
  return /^.{14}7/.test(id) ? parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null;
}
