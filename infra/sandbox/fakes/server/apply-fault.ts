import { setTimeout as sleep } from "node:timers/promises";
import type { FakeResponse } from "./response.ts";
import type { Fault } from "./fault-script.ts";

export interface ExchangeResult {
  /** "cut": no response, not executed. "dropped": no response, but executed. */
  response: FakeResponse | "cut" | "dropped";
  cutAfterBytes: number | null;
  /** Time before an unanswered connection is closed, ms. */
  holdMs: number;
}

export interface Exchange {
  run: () => FakeResponse | Promise<FakeResponse>;
  /** An error in the vendor's format, for a fault that gives only a status. */
  vendorError: (status: number) => FakeResponse;
  /** Ends every wait when the fake closes. */
  closing: AbortSignal;
}

const GARBAGE: FakeResponse = {
  status: 200,
  headers: { "content-type": "text/html" },
  body: "<!doctype html><html><body><h1>Welcome to the captive portal</h1></body></html>",
};

/** Executes a request if the fault lets it, and gives the response that the fault makes of it. */
export async function applyFault(fault: Fault, exchange: Exchange): Promise<ExchangeResult> {
  const { delay_ms: delay = 0, cut_after_bytes: cutAfterBytes = null } = fault;
  if (fault.accept_then_drop) {
    await exchange.run();
    return { response: "dropped", cutAfterBytes: null, holdMs: delay };
  }
  // A caller that closes its connection during the delay does not stop the request, as with a slow server.
  if (delay > 0) await sleep(delay, undefined, { signal: exchange.closing });
  if (fault.cut) return { response: "cut", cutAfterBytes: null, holdMs: 0 };
  const response = withHeaders(await createResponse(fault, exchange), fault.headers);
  return { response, cutAfterBytes, holdMs: 0 };
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

function withHeaders(response: FakeResponse, headers: Readonly<Record<string, string>> = {}): FakeResponse {
  const lowerCased = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...response, headers: { ...response.headers, ...Object.fromEntries(lowerCased) } };
}
