import type { z } from "zod";
import { PineconeRefused } from "./pinecone-error.ts";

/** Parses the value, or throws a 400 that names the field. */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PineconeRefused(400, `Invalid request: ${issue?.path.join(".") || "body"}: ${issue?.message}`);
}
