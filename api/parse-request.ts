import type { z } from "zod";
import { toInvalidFields } from "./operations/check-input.ts";
import { Problem } from "./problem.ts";

/** Parses one part of a request. Throws a problem that names every invalid field. */
export function parseInput<T extends z.ZodType>(
  part: "path" | "query" | "body",
  schema: T | undefined,
  value: unknown,
): z.output<T> {
  if (schema === undefined) return {} as z.output<T>;
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const errors = toInvalidFields(parsed.error).map(({ path, message }) => ({
    field: [part, ...path.map(String)].join("."),
    message,
  }));
  throw new Problem("request_invalid", `The ${part} is invalid. Nothing was changed.`, errors);
}
