import { z } from "zod";
import type { FakeResponse } from "../server/response.ts";
import { telegramError } from "./telegram-response.ts";

const ENTITIES = z
  .array(
    z.looseObject({
      type: z.enum(["bold", "italic", "strikethrough", "code", "pre", "blockquote"]),
      offset: z.int().nonnegative(),
      length: z.int().positive(),
    }),
  )
  .max(100)
  .optional();
/** Code takes no other entity inside it and only a quotation around it. */
const CODE = new Set(["code", "pre"]);

type Entity = NonNullable<z.infer<typeof ENTITIES>>[number];

/** Null for entities as Telegram documents them. The real API drops or cuts some of the others: here our mistake is seen. */
export function refuseEntities(text: string, given: unknown): FakeResponse | null {
  const entities = ENTITIES.safeParse(given);
  if (!entities.success) return telegramError(400, "Bad Request: can't parse entities");
  const all = entities.data ?? [];
  const isWrong = all.some(
    (entity, i) =>
      entity.offset + entity.length > text.length ||
      /^\s|\s$/.test(text.slice(entity.offset, entity.offset + entity.length)) ||
      all.slice(i + 1).some((other) => !areApart(entity, other) && !isNestable(entity, other)),
  );
  return isWrong ? telegramError(400, "Bad Request: ENTITY_BOUNDS_INVALID") : null;
}

function areApart(a: Entity, b: Entity): boolean {
  return a.offset + a.length <= b.offset || b.offset + b.length <= a.offset;
}

function isNestable(a: Entity, b: Entity): boolean {
  const [outer, inner] = isInside(b, a) ? [a, b] : [b, a];
  if (!isInside(inner, outer) || outer.type === inner.type || CODE.has(outer.type)) return false;
  return !CODE.has(inner.type) || outer.type === "blockquote";
}

function isInside(inner: Entity, outer: Entity): boolean {
  return outer.offset <= inner.offset && inner.offset + inner.length <= outer.offset + outer.length;
}
