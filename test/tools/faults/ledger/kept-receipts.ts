import type { Verdict } from "../campaign.ts";
import { indexLedger } from "./index-ledger.ts";
import { judge } from "./judge.ts";
import type { Ledger } from "./ledger.ts";

/** The harness reports `read` first, and earlier states after it. */
export function keptReceipts(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const reported = ledger.deeds.filter(
    ({ does, acknowledgedAt }) => does === "report_receipts" && acknowledgedAt !== null,
  );
  return judge(reported, ({ channel, providerMessageId }) => {
    const [row] = index.rowsOf(channel, providerMessageId ?? "");
    const back = index
      .partsOf(row?.turnId ?? "")
      .find(({ state, receipt }) => state === "accepted" && receipt !== "read");
    return back === undefined ? null : `part ${back.id} was read, and its receipt is ${back.receipt}`;
  });
}
