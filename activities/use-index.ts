import { makeLive } from "../db/index-versions.ts";
import type { Database } from "../db/postgres.ts";
import type { BatchActivities } from "./contract.ts";

export function createUseIndex({ db }: { db: Database }): BatchActivities["useIndex"] {
  return async function useIndex({ versionId }) {
    return { retired: await makeLive(db, versionId) };
  };
}
