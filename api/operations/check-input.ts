import type { z } from "zod";
import { type InvalidField, OperationError } from "./operation-error.ts";

/** Parses a value. The error names every field that is wrong. */
export function checkInput<T>(rule: z.ZodType<T>, value: unknown): T {
  const parsed = rule.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new OperationError({ code: "request_invalid", fields: toInvalidFields(parsed.error) });
}

export function toInvalidFields(error: z.core.$ZodError): InvalidField[] {
  return error.issues.flatMap((issue): InvalidField[] => {
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({ path: [...issue.path, key], message: "is not a known field" }));
    return [{ path: issue.path, message: describeIssue(issue) }];
  });
}

/** Rules of ours bring their own message. zod's message for a wrong type names zod's types, so it is replaced. */
function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_type" || !issue.message.startsWith("Invalid")) return issue.message;
  return issue.input === undefined || issue.input === null
    ? "is required"
    : `must be of the type ${issue.expected}`;
}
