import type { Progress } from "../../../infra/dev/progress.ts";
import { openReplayDatabase } from "./replay-database.ts";
import { replayFolder, type ReplayReport } from "./replay-folder.ts";
import { openReplayIngress } from "./replay-ingress.ts";

/** Opens a database and an ingress for one replay, and closes both whatever happens. */
export async function replayAlone(folder: string, progress: Progress): Promise<ReplayReport> {
  const database = await openReplayDatabase(process.env["DATABASE_URL"], progress);
  try {
    const ingress = await openReplayIngress(database.url);
    try {
      return await replayFolder(folder, { ingress, progress });
    } finally {
      await ingress.close();
    }
  } finally {
    await database.close();
    progress.done();
  }
}
