import { countOpen } from "../../ledger/read-stores.ts";
import type { CampaignContext } from "../../run-under-load.ts";

const POLL_EVERY_MS = 200;
/** The invariants report late messages; this wait only separates the phases of a campaign. */
const WITHIN_MS = 90_000;

/** Waits until every message that was offered so far has an outcome. */
export async function awaitIdle(
  { faultSandbox: { db }, progress }: CampaignContext,
  what: string,
  withinMs = WITHIN_MS,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const { open } = await countOpen(db);
    if (open === 0) return;
    progress.tick(`  ${what}: ${open} messages are still open`);
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
}
