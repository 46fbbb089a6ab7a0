import { promoteIndexVersion } from "../db/knowledge/index-versions.ts";
import type { Database } from "../db/connection/postgres.ts";
import type { BatchActivities } from "./contract.ts";

export function createPromoteIndex({ db }: { db: Database }): BatchActivities["promoteIndex"] {
  return async function promoteIndex({ versionId }) {
    return { retired: await promoteIndexVersion(db, versionId) };
  };
}
