import type { z } from "zod";
import type { FieldProblem } from "./channels/channel.ts";
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
  const errors = parsed.error.issues.flatMap((issue) => fieldProblems(part, issue));
  throw new Problem("request_invalid", `The ${part} is invalid. Nothing was changed.`, errors);
}

function fieldProblems(part: string, issue: z.core.$ZodIssue): FieldProblem[] {
  const field = [part, ...issue.path.map(String)].join(".");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ field: `${field}.${key}`, message: "is not a field of this request" }));
  return [{ field, message: messageOf(issue) }];
}

/** zod's message for a wrong type is about its own types; this one names the type that the field needs. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_type") return issue.message;
  return issue.input === undefined ? "is required" : `must be of the type ${issue.expected}`;
}
