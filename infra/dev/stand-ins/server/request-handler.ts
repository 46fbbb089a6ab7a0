import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { jsonAnswer, type Answer } from "./answer.ts";
import { controlError, controlRoutes } from "./control-routes.ts";
import type { FaultDesk, FiredFault } from "./fault-desk.ts";
import { playFault, type PlayedExchange } from "./play-fault.ts";
import { receiveRequest, type ReceivedRequest } from "./received-request.ts";
import type { RequestLog } from "./request-log.ts";
import { createRouteFinder } from "./route-table.ts";
import { sendAnswer } from "./send-answer.ts";
import type { Vendor } from "./stand-in.ts";

export interface HandlerDependencies {
  vendor: Vendor;
  faults: FaultDesk;
  log: RequestLog;
  closing: AbortSignal;
}

/** Receives, asks the fault script, executes, records, answers: in this order for every request to a vendor. */
export function createRequestHandler({ vendor, faults, log, closing }: HandlerDependencies) {
  const findControl = createRouteFinder({ ...controlRoutes({ faults, log }), ...vendor.controlRoutes });
  const execute = createExecutor(vendor);
  const handleVendorRequest = async (request: ReceivedRequest, response: ServerResponse) => {
    const fired = faults.take({ ...request, model: modelOf(request.body) });
    const run = () => execute(request);
    const played =
      fired === null
        ? { answer: await run(), cutAfterBytes: null, holdMs: 0 }
        : await playFault(fired.fault, { run, vendorError: vendor.vendorError, closing });
    // Recorded before the first byte leaves, so whoever has the answer finds its entry.
    log.record({ ...entryOf(request, played, fired), bodyBytes: request.raw.length });
    if (typeof played.answer === "object") return sendAnswer(response, played.answer, played.cutAfterBytes);
    if (played.holdMs > 0) await sleep(played.holdMs, undefined, { signal: closing });
    response.destroy();
  };
  const handle = async (message: IncomingMessage, response: ServerResponse) => {
    const request = await receiveRequest(message);
    const control = findControl(request);
    if (control !== null) return sendAnswer(response, await control());
    if (request.path.startsWith("/__control/"))
      return sendAnswer(response, controlError(404, `There is no ${request.method} ${request.path}.`));
    return handleVendorRequest(vendor.localise?.(request) ?? request, response);
  };
  return (message: IncomingMessage, response: ServerResponse): void => {
    handle(message, response).catch((error: unknown) => fail(response, error));
  };
}

function createExecutor({ routes, refuse, notFound }: Vendor) {
  const find = createRouteFinder(routes);
  return (request: ReceivedRequest): Answer | Promise<Answer> =>
    refuse?.(request) ?? find(request)?.() ?? notFound(request);
}

function entryOf(
  { method, path, host, query, body }: ReceivedRequest,
  { answer, cutAfterBytes }: PlayedExchange,
  fired: FiredFault | null,
) {
  const isAnswer = typeof answer === "object";
  return {
    method,
    path,
    host,
    query: Object.fromEntries(query),
    body,
    told: isAnswer ? answer.status : answer,
    answer: isAnswer ? [answer.body ?? ""].flat().join("") : null,
    cutAfterBytes,
    fault: fired?.item ?? null,
  };
}

function modelOf(body: unknown): string | null {
  return typeof body === "object" && body !== null && "model" in body && typeof body.model === "string"
    ? body.model
    : null;
}

function fail(response: ServerResponse, error: unknown): void {
  const isClosing = error instanceof Error && error.name === "AbortError";
  // A caller that hung up, or a wait that the closing ended, is no defect of ours.
  if (isClosing || response.headersSent || response.socket?.destroyed !== false) {
    response.destroy();
    return;
  }
  console.error("A stand-in failed:", error);
  sendAnswer(response, jsonAnswer({ error: `The stand-in failed: ${String(error)}` }, 500)).catch(() =>
    response.destroy(),
  );
}
