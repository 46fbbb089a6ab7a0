import type { MutableLedger } from "./build-ledger.ts";

export interface Violation {
  /** Completes the test title "the check ... reports". */
  reports: string;
  tamper(ledger: MutableLedger): void;
  /** Matches the message of the check. */
  expected: RegExp;
}
