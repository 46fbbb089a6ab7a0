import { countOpen } from "../../ledger/read-stores.ts";
import type { CampaignContext } from "../../run-under-load.ts";

const LOOK_EVERY_MS = 200;
/** The invariants say what is late; this only keeps one part of a campaign out of the next. */
const WITHIN_MS = 90_000;

/** Waits until every message that was offered so far has come to an end. */
export async function awaitIdle(
  { faultSandbox: { db }, progress }: CampaignContext,
  what: string,
  withinMs = WITHIN_MS,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const { open } = await countOpen(db);
    if (open === 0) return;
    progress.tick(`  ${what}: ${open} messages are still on their way`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
