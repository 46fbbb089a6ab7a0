export type Metadata = Record<string, string | number | boolean | string[]>;
type Condition = Record<string, unknown>;

/** Pinecone's filter language; a bare value means `$eq`, and on a list `$eq` and `$in` match any element. */
export function matchesFilter(metadata: Metadata, filter: Condition | undefined): boolean {
  return Object.entries(filter ?? {}).every(([field, condition]) => {
    if (field === "$and") return (condition as Condition[]).every((part) => matchesFilter(metadata, part));
    if (field === "$or") return (condition as Condition[]).some((part) => matchesFilter(metadata, part));
    const operators = isOperators(condition) ? condition : { $eq: condition };
    return Object.entries(operators).every(([operator, operand]) => holds(operator, metadata[field], operand));
  });
}

function holds(operator: string, value: Metadata[string] | undefined, operand: unknown): boolean {
  const values: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  switch (operator) {
    case "$eq":
      return values.includes(operand);
    case "$ne":
      return !values.includes(operand);
    case "$in":
      return (operand as unknown[]).some((item) => values.includes(item));
    case "$nin":
      return !(operand as unknown[]).some((item) => values.includes(item));
    case "$exists":
      return (value !== undefined) === operand;
    case "$gt":
      return typeof value === "number" && value > (operand as number);
    case "$gte":
      return typeof value === "number" && value >= (operand as number);
    case "$lt":
      return typeof value === "number" && value < (operand as number);
    case "$lte":
      return typeof value === "number" && value <= (operand as number);
    default:
      return false;
  }
}

function isOperators(condition: unknown): condition is Condition {
  return typeof condition === "object" && condition !== null && Object.keys(condition).every((key) => key.startsWith("$"));
}
