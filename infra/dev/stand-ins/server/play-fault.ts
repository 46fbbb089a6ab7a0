import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./answer.ts";
import type { Fault } from "./fault-script.ts";

export interface PlayedExchange {
  /** What the caller hears; "cut" where the request was not executed, "dropped" where it was. */
  answer: Answer | "cut" | "dropped";
  cutAfterBytes: number | null;
  /** How long the connection is held before it is cut. */
  holdMs: number;
}

export interface Exchange {
  run: () => Answer | Promise<Answer>;
  /** An error in the vendor's own shape, for a fault that gives only a status. */
  vendorError: (status: number) => Answer;
  /** Ends every wait when the stand-in closes. */
  closing: AbortSignal;
}

const GARBAGE: Answer = {
  status: 200,
  headers: { "content-type": "text/html" },
  body: "<!doctype html><html><body><h1>Welcome to the captive portal</h1></body></html>",
};

/** Executes a request, or not, as the fault has it. */
export async function playFault(fault: Fault, exchange: Exchange): Promise<PlayedExchange> {
  const { delay_ms: delay = 0, cut_after_bytes: cutAfterBytes = null } = fault;
  if (fault.accept_then_drop) {
    await exchange.run();
    return { answer: "dropped", cutAfterBytes: null, holdMs: delay };
  }
  // A caller that gives up meanwhile does not stop the request: a slow server would go on as well.
  if (delay > 0) await sleep(delay, undefined, { signal: exchange.closing });
  if (fault.cut) return { answer: "cut", cutAfterBytes: null, holdMs: 0 };
  const answer = withHeaders(await answerOf(fault, exchange), fault.headers);
  return { answer, cutAfterBytes, holdMs: 0 };
}

function answerOf({ status, body, garbage }: Fault, exchange: Exchange): Answer | Promise<Answer> {
  if (garbage) return GARBAGE;
  if (status === undefined) return exchange.run();
  if (body === undefined) return exchange.vendorError(status);
  const type = body.startsWith("{") || body.startsWith("[") ? "application/json" : "text/plain";
  return { status, headers: { "content-type": type }, body };
}

function withHeaders(answer: Answer, headers: Readonly<Record<string, string>> = {}): Answer {
  const lowerCased = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...answer, headers: { ...answer.headers, ...Object.fromEntries(lowerCased) } };
}
