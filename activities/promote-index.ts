import { ApplicationFailure } from "@temporalio/activity";
import { promoteIndexVersion } from "../db/knowledge/index-versions.ts";
import type { Database } from "../db/connection/postgres.ts";
import { FAILURES } from "../workflows/failures.ts";
import type { BatchActivities } from "./contract.ts";

export function createPromoteIndex({ db }: { db: Database }): BatchActivities["promoteIndex"] {
  return async function promoteIndex({ versionId }) {
    const promotion = await promoteIndexVersion(db, versionId);
    if (promotion.state === "promoted") return { retired: promotion.retired };
    // A rebuild of the live version, or an attempt after one whose result was lost.
    if (promotion.state === "live") return { retired: null };
    if (promotion.state === "missing")
      throw ApplicationFailure.nonRetryable(
        `There is no index version ${versionId}.`,
        FAILURES.indexVersionMissing,
      );
    throw ApplicationFailure.nonRetryable(
      `The index version ${versionId} was retired during the job, so it misses the documents since then.`,
      FAILURES.indexVersionRetired,
    );
  };
}
