import { z } from "zod";

/** A filter without an opposite, which would match nearly everything. */
export const ONLY = z.literal("true", { error: "must be true, or left out" }).transform(() => true as const);
