import type { indexVersions } from "../schema/knowledge.ts";
import type { MoveTable } from "./move.ts";

type IndexVersionState = (typeof indexVersions.$inferSelect)["state"];

/** `index_versions.state`: one embedding space. New documents are written to the versions that are building or live. */
export const INDEX_VERSION_MOVES = {
  addFirst: {
    from: [],
    to: "live",
    by: ["addIndexVersion"],
    why: "The first version of an installation has nothing to embed.",
  },
  add: {
    from: [],
    to: "building",
    by: ["addIndexVersion"],
    why: "A later version is filled first.",
  },
  rebuild: {
    from: ["retired"],
    to: "building",
    by: ["beginBuilding"],
    why: "An operator wants the version back. It misses the documents that were added after it was retired.",
  },
  promote: {
    from: ["building"],
    to: "live",
    by: ["promoteIndexVersion"],
    why: "The version has every chunk.",
  },
  abandon: {
    from: ["building"],
    to: "retired",
    by: ["abandonBuilding"],
    why: "Its job failed, for example because the provider does not have the model. A repeated build continues it.",
  },
  retire: {
    from: ["live"],
    to: "retired",
    by: ["promoteIndexVersion"],
    why: "Another version was promoted in the same transaction.",
  },
} as const satisfies MoveTable<IndexVersionState>;
