import type { Progress } from "../../../../infra/sandbox/progress.ts";
import { openEmptyDatabase } from "../../../support/empty-database.ts";
import { readRecordedBodies } from "./recorded-bodies.ts";
import { replayBodies, type ReplayReport } from "./replay-bodies.ts";
import { openReplayIngress } from "./replay-ingress.ts";

/** Opens a database and an ingress for one replay, and closes both whatever happens. */
export async function runStandaloneReplay(folder: string, progress: Progress): Promise<ReplayReport> {
  const recorded = readRecordedBodies(folder);
  const database = await openEmptyDatabase(process.env["DATABASE_URL"], progress);
  try {
    const ingress = await openReplayIngress(database.url);
    try {
      return await replayBodies(recorded, { ingress, progress });
    } finally {
      await ingress.close();
    }
  } finally {
    await database.close();
    progress.done();
  }
}
