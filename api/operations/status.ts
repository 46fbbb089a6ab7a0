import { type Backlog, readBacklog } from "../../db/inbound/status.ts";
import type { Using } from "./operation-context.ts";

/** The state of the whole installation. */
export async function getStatus({ db }: Using<"db">): Promise<Backlog> {
  return await readBacklog(db);
}
