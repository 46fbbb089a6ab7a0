import type { z } from "zod";
import { UserError } from "../runtime/errors.ts";

export interface InvalidField {
  /** As it is called on the command line: `--address`. */
  field: string;
  message: string;
}

/** What was typed cannot be meant: exit code 2, everything that is wrong at once, and never the value of a secret. */
export class UsageError extends UserError {
  override name = "UsageError";
  readonly fields: readonly InvalidField[];
  constructor(fields: readonly InvalidField[]) {
    super(fields.map(({ field, message }) => `${field} ${message}.`).join("\n"));
    this.fields = fields;
  }
}

/** Checks values of several options by one rule; `nameOf` says what a field is called on the command line. */
export function checkOptions<T>(
  rule: z.ZodType<T>,
  values: unknown,
  nameOf: (path: readonly PropertyKey[]) => string,
): T {
  const parsed = rule.safeParse(values, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new UsageError(parsed.error.issues.flatMap((issue) => toInvalidFields(issue, nameOf)));
}

function toInvalidFields(issue: z.core.$ZodIssue, nameOf: (path: readonly PropertyKey[]) => string) {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ field: nameOf([...issue.path, key]), message: "is not known here" }));
  return [{ field: nameOf(issue.path), message: messageOf(issue) }];
}

/** zod's own words for a wrong kind of value speak of its types; ours say what is needed. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_type" || !issue.message.startsWith("Invalid")) return issue.message;
  return issue.input === undefined || issue.input === null
    ? "is required"
    : `must be of the type ${issue.expected}`;
}
