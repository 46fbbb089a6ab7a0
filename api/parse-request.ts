import type { z } from "zod";
import type { FieldProblem } from "./channels/channel.ts";
import { Problem } from "./problem.ts";

/** Parses one part of a request; everything that is wrong with it is in the problem, field by field. */
export function parseInput<T extends z.ZodType>(
  part: "path" | "query" | "body",
  schema: T | undefined,
  value: unknown,
): z.output<T> {
  if (schema === undefined) return {} as z.output<T>;
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => fieldProblems(part, issue));
  throw new Problem("request_invalid", `The ${part} is not as it has to be. Nothing was done.`, errors);
}

function fieldProblems(part: string, issue: z.core.$ZodIssue): FieldProblem[] {
  const field = [part, ...issue.path.map(String)].join(".");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ field: `${field}.${key}`, message: "is not a field of this request" }));
  return [{ field, message: messageOf(issue) }];
}

/** zod's own words for a wrong kind of value speak of its types; ours say what is needed. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_type") return issue.message;
  return issue.input === undefined ? "is required" : `must be of the type ${issue.expected}`;
}
