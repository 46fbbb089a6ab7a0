import { z } from "zod";
import { PineconeRefused } from "./pinecone-error.ts";

const TAGS = z.record(z.string(), z.string());
const PROTECTION = z.enum(["enabled", "disabled"]);
const METRIC = z.enum(["cosine", "dotproduct", "euclidean"]);
/** Pinecone's own limit. */
const MAX_DIMENSION = 20_000;

const DENSE = z.looseObject({
  type: z.literal("dense_vector"),
  dimension: z.int().min(1).max(MAX_DIMENSION),
  metric: METRIC.default("cosine"),
});
const SPARSE = z.looseObject({ type: z.literal("sparse_vector") });

export const CREATE_INDEX = z.object({
  name: z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?$/,
      "must be 1 to 45 lower-case letters, digits and inner dashes",
    ),
  schema: z.object({
    fields: z
      .record(z.string(), z.discriminatedUnion("type", [DENSE, SPARSE]))
      .refine(
        isClassic,
        "the fake knows classic vector indexes alone: one field, `_values` (dense_vector) or `_sparse_values` (sparse_vector)",
      ),
  }),
  deployment: z
    .record(z.string(), z.unknown())
    .default({ deployment_type: "managed", cloud: "aws", region: "us-east-1" }),
  deletion_protection: PROTECTION.default("disabled"),
  tags: TAGS.default({}),
});

export const CONFIGURE_INDEX = z.object({
  deletion_protection: PROTECTION.optional(),
  tags: TAGS.optional(),
  read_capacity: z.unknown().optional(),
});

/** The settings of an index, as the journal stores them. */
export type IndexSettings = z.output<typeof CREATE_INDEX>;

export interface VectorShape {
  /** Null in a sparse index. */
  dimension: number | null;
  metric: z.infer<typeof METRIC>;
}

export function vectorShape({ schema }: IndexSettings): VectorShape {
  const dense = Object.values(schema.fields).find((field) => field.type === "dense_vector");
  return dense ?? { dimension: null, metric: "dotproduct" };
}

/** Merges as PATCH does: an empty value removes the tag. */
export function applyPatch(settings: IndexSettings, patch: z.infer<typeof CONFIGURE_INDEX>): IndexSettings {
  const tags = Object.entries({ ...settings.tags, ...patch.tags }).filter(([, value]) => value !== "");
  return {
    ...settings,
    deletion_protection: patch.deletion_protection ?? settings.deletion_protection,
    tags: Object.fromEntries(tags),
  };
}

export function refuseProtected({ name, deletion_protection: protection }: IndexSettings): void {
  if (protection === "enabled")
    throw new PineconeRefused(
      403,
      `Deletion protection is enabled for the index ${name}: disable it before you delete the index.`,
    );
}

function isClassic(fields: Record<string, { type: string }>): boolean {
  const [entry, ...others] = Object.entries(fields);
  const isOneOfThem =
    (entry?.[0] === "_values" && entry[1].type === "dense_vector") ||
    (entry?.[0] === "_sparse_values" && entry[1].type === "sparse_vector");
  return isOneOfThem && others.length === 0;
}
