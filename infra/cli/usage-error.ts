import type { z } from "zod";
import { toInvalidFields } from "../../api/operations/check-input.ts";
import { UserError } from "../runtime/errors.ts";

export interface InvalidField {
  /** The name on the command line: `--address`. */
  field: string;
  message: string;
}

/** Wrong arguments: exit code 2. It names everything that is wrong, and never the value of a secret. */
export class UsageError extends UserError {
  override name = "UsageError";
  readonly fields: readonly InvalidField[];
  constructor(fields: readonly InvalidField[]) {
    super(fields.map(({ field, message }) => `${field} ${message}.`).join("\n"));
    this.fields = fields;
  }
}

/** Checks values of several options by one rule; `nameOf` gives a field's name on the command line. */
export function checkOptions<T>(
  rule: z.ZodType<T>,
  values: unknown,
  nameOf: (path: readonly PropertyKey[]) => string,
): T {
  const parsed = rule.safeParse(values, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new UsageError(
    toInvalidFields(parsed.error).map(({ path, message }) => ({ field: nameOf(path), message })),
  );
}
