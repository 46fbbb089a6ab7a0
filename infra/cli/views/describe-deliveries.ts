import { describeFields, describeRows } from "./describe-fields.ts";

const COLUMNS = ["part", "state", "attempt", "code", "receipt", "receipt_code"];

/** The fields of a turn or of a dead letter, and below them a table of its reply parts. */
export function describeWithDeliveries({ deliveries, ...fields }: { deliveries: readonly object[] }): string {
  return `${describeFields(fields)}\n\n${describeRows(deliveries, COLUMNS)}`;
}
