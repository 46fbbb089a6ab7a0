import type { z } from "zod";

/** The public shape of one row. REST, the command line and the console show the same JSON. */
export interface View<S extends z.ZodType = z.ZodType> {
  schema: S;
  /** For the documentation. */
  example: z.input<S>;
}

export function defineView<S extends z.ZodType>(schema: S, example: z.input<S>): View<S> {
  return { schema, example };
}

/** The JSON of a view. */
export type Shape<V extends View> = z.input<V["schema"]>;
