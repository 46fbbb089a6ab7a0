import { jsonResponse, type FakeResponse } from "./response.ts";
import type { FaultController } from "./fault-controller.ts";
import { FaultScriptInvalid, parseFaultScript } from "./fault-script.ts";
import type { RequestLog } from "./request-log.ts";
import type { RouteTable } from "./route-table.ts";

/** Routes for tests and the demo, in every fake. They are not logged and have no faults. */
export function createControlRoutes({
  faults,
  log,
}: {
  faults: FaultController;
  log: RequestLog;
}): RouteTable {
  const script = () => jsonResponse({ script: faults.list() });
  return {
    "GET /__control/faults": script,
    "POST /__control/faults": ({ body }) => {
      try {
        faults.replace(parseFaultScript(scriptOf(body)));
        return script();
      } catch (error) {
        if (error instanceof FaultScriptInvalid) return controlError(400, error.message);
        throw error;
      }
    },
    "DELETE /__control/faults": () => {
      faults.clear();
      return script();
    },
    "GET /__control/log": ({ query }) =>
      jsonResponse({ requests: log.entries(sinceOf(query)), next: log.lastSeq() }),
    "DELETE /__control/log": () => {
      log.clear();
      return jsonResponse({ requests: [], next: log.lastSeq() });
    },
  };
}

export function controlError(status: number, error: string): FakeResponse {
  return jsonResponse({ error }, status);
}

/** `?since=N`, or 0. */
export function sinceOf(query: URLSearchParams): number {
  return Number(query.get("since")) || 0;
}

function scriptOf(body: unknown): unknown {
  const isScript = typeof body === "object" && body !== null && "script" in body;
  if (!isScript || Object.keys(body).length !== 1)
    throw new FaultScriptInvalid('The body must be JSON with one field: {"script": [...]}.');
  return body.script;
}
