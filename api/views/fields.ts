import { z } from "zod";

/** Fields that many views have. */
export const ID = z.uuid("must be a UUID");
export const TIMESTAMP = z.iso.datetime();

export function timestamp(at: Date): string {
  return at.toISOString();
}

export function timestampOrNull(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}

export const EXAMPLE_TIMESTAMP = "2026-11-25T09:30:00.000Z";
export const EXAMPLE_ID = "0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11";
