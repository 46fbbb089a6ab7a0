import { expect, it } from "vitest";
import { cleanLedger } from "../../ledger/tampering/clean-ledger.ts";
import { findCall, repeatCall } from "../../ledger/tampering/tamper.ts";
import type { FiredFault } from "../../proxy/toxic.ts";
import { paidAgain, type PaidEdge } from "./paid-again.ts";

function lose(to: PaidEdge["to"], at: number, label: string, from = "worker"): PaidEdge {
  const request = Buffer.from("");
  const lost: FiredFault = { kind: "lose_response", at, label, request, connectionLeft: "cut" };
  return { from, to, proxy: { lostResponses: [lost] } };
}

const ledger = cleanLedger();
const first = findCall(ledger).at;
repeatCall(ledger, 1, { at: first + 90 });
const valueWith = (edges: readonly PaidEdge[]) => paidAgain(ledger, edges, "worker").value;

it("a call that is paid again needs a lost response between the first and the last call of its turn", () => {
  expect(valueWith([])).toBe(1);
  expect(valueWith([lose("openai", first + 10, "POST /v1/responses")])).toBe(0);
  expect(valueWith([lose("postgres", first + 80, "commit")])).toBe(0);
  expect(valueWith([lose("temporal", first + 80, "call")])).toBe(0);
  expect(valueWith([lose("postgres", first + 91, "commit"), lose("temporal", first - 5_000, "call")])).toBe(
    1,
  );
});

it("lost embeddings, lost responses of a channel and those of another process are no cause of a call that is paid again", () => {
  expect(valueWith([lose("openai", first + 10, "POST /v1/embeddings")])).toBe(1);
  expect(valueWith([lose("telegram", first + 10, "POST /bot1/sendMessage")])).toBe(1);
  expect(valueWith([lose("postgres", first + 10, "commit", "api")])).toBe(1);
});
