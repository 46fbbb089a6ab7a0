/**
 * Every time limit that lies inside another one, ms. An inner limit has to end first: otherwise the outer one interrupts work whose
 * outcome is then unknown. test/workflows/time-limits.test.ts holds the order.
 */
export const TIME_LIMITS_MS = {
  /** A connection to PostgreSQL, one statement of a worker, and the client's further wait for its response. */
  postgresConnect: 1_500,
  statement: 5_000,
  statementResponse: 500,
  /** A vendor's name, TCP and TLS. */
  connect: 5_000,
  /** One attempt at one reply part, with all of its requests. */
  send: 15_000,
  /** All questions to a vendor about one lost response. */
  reconcile: 15_000,
  /** A send begins within this time after its mark, or its mark is taken back. A promise of silence waits for as long. */
  markFresh: 900,
  /** The writes that follow a call: they fit into the end of the activity. */
  settle: 2_000,
  /** One lock of the statement that accepts a last part and ends its turn. Without the lock the acceptance is written alone. */
  lastPartLock: 200,
  /** From its mark on, a part without an outcome may be under way for as long. */
  markLost: 17_000,
  /** The local attempt at a whole reply: enough for the slowest first part. Later parts follow while their own limits fit. */
  firstSend: 22_000,
  retryingSend: 90_000,
  retryingSendHeartbeat: 20_000,
  shortStep: 8_000,
  /** The search for vectors, of a step with more queries. */
  vectorSearch: 2_500,
  modelCall: 20_000,
  /** With the second attempt. */
  modelCallTotal: 24_000,
  fallbackModelCall: 10_000,
  fallbackModelCallTotal: 12_000,
  modelHeartbeat: 3_000,
  eventSend: 30_000,
  /** The first attempt at an event: its row, its text, its post and the write of its outcome. */
  eventClaim: 30_000,
  indexBatch: 15 * 60_000,
  indexHeartbeat: 45_000,
} as const;

/** A part is begun only with this much time left: its mark, its send and the write of its outcome. */
export const BEGIN_PART_MS = TIME_LIMITS_MS.markFresh + TIME_LIMITS_MS.send + TIME_LIMITS_MS.settle;
