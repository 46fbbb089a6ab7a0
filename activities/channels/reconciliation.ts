/** Why the outcome is not known yet. It becomes the code of the part. */
export type UnknownReason =
  /** The vendor's list cannot be read. */
  | "list_unreadable"
  /** The list was not read back to the first attempt. */
  | "list_incomplete"
  /** The attempt is so recent that the list may not show it yet. */
  | "list_may_lag"
  /** The message cannot be recognised in the vendor's list. */
  | "not_recognisable";

/**
 * The vendor's word on a part with a lost response. Only `absent_proven` permits a second send, and its proof can only be made by
 * `concludeSearch`: a part that is not on one page of a list may still have been sent.
 */
export type Reconciliation =
  | { kind: "found"; providerId: string; provenBy: "delivery_id" | "text_and_time" }
  | { kind: "absent_proven"; proof: AbsenceProof }
  /** `provableInMs`: when another search could prove the absence; null where time alone does not help. */
  | { kind: "unknown"; reason: UnknownReason; provableInMs: number | null };

/** A search of the vendor's list that did not find the part. */
export interface FruitlessSearch {
  /** True when every message of the list since the first attempt was read. */
  isComplete: boolean;
  sinceAttemptMs: number;
  /** The vendor's list shows every message within this time. */
  listDelayMs: number;
}

/** The private field and constructor make the type nominal: no finder can report an absence without these conditions. */
class AbsenceProof {
  readonly #sinceAttemptMs: number;

  private constructor(sinceAttemptMs: number) {
    this.#sinceAttemptMs = sinceAttemptMs;
  }

  get sinceAttemptMs(): number {
    return this.#sinceAttemptMs;
  }

  static of({ isComplete, sinceAttemptMs, listDelayMs }: FruitlessSearch): AbsenceProof | null {
    return isComplete && sinceAttemptMs >= listDelayMs ? new AbsenceProof(sinceAttemptMs) : null;
  }
}

export function concludeSearch(search: FruitlessSearch): Reconciliation {
  const proof = AbsenceProof.of(search);
  if (proof !== null) return { kind: "absent_proven", proof };
  if (!search.isComplete) return createUnknown("list_incomplete");
  return createUnknown("list_may_lag", search.listDelayMs - search.sinceAttemptMs);
}

export function createUnknown(reason: UnknownReason, provableInMs: number | null = null): Reconciliation {
  return { kind: "unknown", reason, provableInMs };
}
