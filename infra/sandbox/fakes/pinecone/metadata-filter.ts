import { PineconeRefused } from "./pinecone-error.ts";

export type MetadataValue = string | number | boolean | string[];
export type Metadata = Readonly<Record<string, MetadataValue>>;
type Predicate = (metadata: Metadata) => boolean;
type Test = (value: MetadataValue | undefined) => boolean;

/** Pinecone's filter language. A bare value means `$eq`. On a list, `$eq` and `$in` match any element. */
export function compileFilter(filter: unknown): Predicate {
  const conditions = Object.entries(asObject(filter)).map(([key, condition]) => compileEntry(key, condition));
  return (metadata) => conditions.every((holds) => holds(metadata));
}

function compileEntry(key: string, condition: unknown): Predicate {
  if (key === "$and" || key === "$or") return compileGroup(key, condition);
  if (key.startsWith("$")) throw createRefusal(`${key} cannot stand where a field is expected`);
  const tests = Object.entries(asOperators(condition)).map(([operator, operand]) =>
    compileTest(operator, operand),
  );
  return (metadata) => tests.every((test) => test(metadata[key]));
}

function compileGroup(key: "$and" | "$or", condition: unknown): Predicate {
  if (!Array.isArray(condition) || condition.length === 0)
    throw createRefusal(`${key} takes a list of filters`);
  const parts = condition.map(compileFilter);
  return key === "$and"
    ? (metadata) => parts.every((holds) => holds(metadata))
    : (metadata) => parts.some((holds) => holds(metadata));
}

function compileTest(operator: string, operand: unknown): Test {
  const make = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (make === undefined) throw createRefusal(`${operator} is not a valid operator`);
  return make(operand);
}

/** Records without the field satisfy `$ne`, `$nin` and `$exists: false`, and no other operator. */
const OPERATORS: Readonly<Record<string, (operand: unknown) => Test>> = {
  $eq: (operand) => holdsAny([asScalar("$eq", operand)]),
  $ne: (operand) => not(holdsAny([asScalar("$ne", operand)])),
  $in: (operand) => holdsAny(asList("$in", operand)),
  $nin: (operand) => not(holdsAny(asList("$nin", operand))),
  $gt: (operand) => compares("$gt", operand, (value, bound) => value > bound),
  $gte: (operand) => compares("$gte", operand, (value, bound) => value >= bound),
  $lt: (operand) => compares("$lt", operand, (value, bound) => value < bound),
  $lte: (operand) => compares("$lte", operand, (value, bound) => value <= bound),
  $exists: (operand) => {
    if (typeof operand !== "boolean") throw createRefusal("$exists takes true or false");
    return (value) => (value !== undefined) === operand;
  },
};

function holdsAny(wanted: readonly unknown[]): Test {
  return (value) => [value ?? []].flat().some((item) => wanted.includes(item));
}

function not(test: Test): Test {
  return (value) => !test(value);
}

function compares(
  operator: string,
  operand: unknown,
  holds: (value: number, bound: number) => boolean,
): Test {
  if (typeof operand !== "number") throw createRefusal(`${operator} takes a number`);
  return (value) => typeof value === "number" && holds(value, operand);
}

function asScalar(operator: string, operand: unknown): unknown {
  if (["string", "number", "boolean"].includes(typeof operand)) return operand;
  throw createRefusal(`${operator} takes a string, a number or a boolean`);
}

function asList(operator: string, operand: unknown): unknown[] {
  if (Array.isArray(operand)) return operand.map((item) => asScalar(operator, item));
  throw createRefusal(`${operator} takes a list`);
}

function asOperators(condition: unknown): object {
  return typeof condition === "object" && condition !== null && !Array.isArray(condition)
    ? condition
    : { $eq: condition };
}

function asObject(filter: unknown): object {
  if (typeof filter === "object" && filter !== null && !Array.isArray(filter)) return filter;
  throw createRefusal("a filter is an object");
}

function createRefusal(why: string): PineconeRefused {
  return new PineconeRefused(400, `Invalid filter: ${why}`);
}
