import { setTimeout as sleep } from "node:timers/promises";
import type { FakeResponse } from "./response.ts";
import type { Fault } from "./fault-script.ts";

export interface ExchangeResult {
  /** What the caller hears; "cut" where the request was not executed, "dropped" where it was. */
  answer: FakeResponse | "cut" | "dropped";
  cutAfterBytes: number | null;
  /** How long the connection is held before it is cut. */
  holdMs: number;
}

export interface Exchange {
  run: () => FakeResponse | Promise<FakeResponse>;
  /** An error in the vendor's own shape, for a fault that gives only a status. */
  vendorError: (status: number) => FakeResponse;
  /** Ends every wait when the fake closes. */
  closing: AbortSignal;
}

const GARBAGE: FakeResponse = {
  status: 200,
  headers: { "content-type": "text/html" },
  body: "<!doctype html><html><body><h1>Welcome to the captive portal</h1></body></html>",
};

/** Executes a request, or not, as the fault has it. */
export async function applyFault(fault: Fault, exchange: Exchange): Promise<ExchangeResult> {
  const { delay_ms: delay = 0, cut_after_bytes: cutAfterBytes = null } = fault;
  if (fault.accept_then_drop) {
    await exchange.run();
    return { answer: "dropped", cutAfterBytes: null, holdMs: delay };
  }
  // A caller that gives up meanwhile does not stop the request: a slow server would go on as well.
  if (delay > 0) await sleep(delay, undefined, { signal: exchange.closing });
  if (fault.cut) return { answer: "cut", cutAfterBytes: null, holdMs: 0 };
  const answer = withHeaders(await createResponse(fault, exchange), fault.headers);
  return { answer, cutAfterBytes, holdMs: 0 };
}

function createResponse(
  { status, body, garbage }: Fault,
  exchange: Exchange,
): FakeResponse | Promise<FakeResponse> {
  if (garbage) return GARBAGE;
  if (status === undefined) return exchange.run();
  if (body === undefined) return exchange.vendorError(status);
  const type = body.startsWith("{") || body.startsWith("[") ? "application/json" : "text/plain";
  return { status, headers: { "content-type": type }, body };
}

function withHeaders(answer: FakeResponse, headers: Readonly<Record<string, string>> = {}): FakeResponse {
  const lowerCased = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...answer, headers: { ...answer.headers, ...Object.fromEntries(lowerCased) } };
}
