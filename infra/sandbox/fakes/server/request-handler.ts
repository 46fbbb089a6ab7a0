import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { jsonResponse, type FakeResponse } from "./response.ts";
import { controlError, createControlRoutes } from "./control-routes.ts";
import type { FaultController, FiredFault } from "./fault-controller.ts";
import { applyFault, type ExchangeResult } from "./apply-fault.ts";
import { receiveRequest, type ReceivedRequest } from "./received-request.ts";
import type { RequestLog } from "./request-log.ts";
import { currentPeerPort, withPeerPort } from "./peer-port.ts";
import { createRouteFinder } from "./route-table.ts";
import { sendResponse } from "./send-response.ts";
import type { VendorApi } from "./vendor-api.ts";

export interface HandlerDependencies {
  vendor: VendorApi;
  faults: FaultController;
  log: RequestLog;
  closing: AbortSignal;
}

/** For each request to a vendor, in this order: receive, ask the fault script, execute, record, respond. */
export function createRequestHandler({ vendor, faults, log, closing }: HandlerDependencies) {
  const findControl = createRouteFinder({ ...createControlRoutes({ faults, log }), ...vendor.controlRoutes });
  const execute = createExecutor(vendor);
  const handleVendorRequest = async (request: ReceivedRequest, response: ServerResponse) => {
    const fired = faults.pickFault({ ...request, model: modelOf(request.body) });
    const run = () => execute(request);
    const result =
      fired === null
        ? { response: await run(), cutAfterBytes: null, holdMs: 0 }
        : await applyFault(fired.fault, { run, vendorError: vendor.vendorError, closing });
    // Recorded before the first byte leaves: a caller that has the response finds its entry in the log.
    log.record({ ...entryOf(request, result, fired), bodyBytes: request.raw.length });
    if (typeof result.response === "object")
      return sendResponse(response, result.response, result.cutAfterBytes);
    if (result.holdMs > 0) await sleep(result.holdMs, undefined, { signal: closing });
    response.destroy();
  };
  const handle = async (message: IncomingMessage, response: ServerResponse) => {
    const request = await receiveRequest(message);
    const control = findControl(request);
    if (control !== null) return sendResponse(response, await control());
    if (request.path.startsWith("/__control/"))
      return sendResponse(response, controlError(404, `There is no ${request.method} ${request.path}.`));
    return handleVendorRequest(vendor.localise?.(request) ?? request, response);
  };
  return (message: IncomingMessage, response: ServerResponse): void => {
    withPeerPort(message, () => handle(message, response)).catch((error: unknown) => fail(response, error));
  };
}

function createExecutor({ routes, refuse, notFound }: VendorApi) {
  const find = createRouteFinder(routes);
  return (request: ReceivedRequest): FakeResponse | Promise<FakeResponse> =>
    refuse?.(request) ?? find(request)?.() ?? notFound(request);
}

function entryOf(
  { method, path, host, query, body }: ReceivedRequest,
  { response, cutAfterBytes }: ExchangeResult,
  fired: FiredFault | null,
) {
  const hasResponse = typeof response === "object";
  return {
    method,
    path,
    peerPort: currentPeerPort(),
    host,
    query: Object.fromEntries(query),
    body,
    status: hasResponse ? response.status : response,
    responseBody: hasResponse ? [response.body ?? ""].flat().join("") : null,
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
  // Not a defect: the caller closed the connection, or the fake closes.
  if (isClosing || response.headersSent || response.socket?.destroyed !== false) {
    response.destroy();
    return;
  }
  console.error("A fake failed:", error);
  sendResponse(response, jsonResponse({ error: `The fake failed: ${String(error)}` }, 500)).catch(() =>
    response.destroy(),
  );
}
