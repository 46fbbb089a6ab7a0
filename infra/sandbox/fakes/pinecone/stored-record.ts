import { z } from "zod";
import type { Metadata } from "./metadata-filter.ts";

const SPARSE = z.object({ indices: z.array(z.int().min(0)), values: z.array(z.number()) });
export const METADATA = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
);

/** A record in a request or response. */
export const WIRE_RECORD = z.object({
  id: z.string().min(1).max(512),
  values: z.array(z.number()).optional(),
  sparseValues: SPARSE.optional(),
  metadata: METADATA.optional(),
});

/** A record in the journal. Values are base64 of 32-bit floats: a fifth of the size of decimal digits. */
export const JOURNAL_RECORD = WIRE_RECORD.extend({ values: z.base64().optional() });

export type WireRecord = z.infer<typeof WIRE_RECORD>;
export type JournalRecord = z.infer<typeof JOURNAL_RECORD>;
export type SparseValues = z.infer<typeof SPARSE>;

export interface StoredRecord {
  id: string;
  /** Absent in a sparse index. */
  values?: Float32Array | undefined;
  sparseValues?: SparseValues | undefined;
  metadata?: Metadata | undefined;
}

export function toJournal({ values, ...rest }: StoredRecord): JournalRecord {
  if (values === undefined) return { ...rest, metadata: rest.metadata && { ...rest.metadata } };
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return { ...rest, metadata: rest.metadata && { ...rest.metadata }, values: bytes.toString("base64") };
}

export function fromJournal({ values, ...rest }: JournalRecord): StoredRecord {
  if (values === undefined) return rest;
  // Copied, because a pooled buffer may not be aligned for floats.
  return { ...rest, values: new Float32Array(new Uint8Array(Buffer.from(values, "base64")).buffer) };
}

export function toWire({ values, ...rest }: StoredRecord) {
  return { ...rest, ...(values && { values: Array.from(values) }) };
}
