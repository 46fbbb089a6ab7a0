import { jsonAnswer, type Answer } from "./answer.ts";
import type { FaultDesk } from "./fault-desk.ts";
import { FaultScriptInvalid, parseFaultScript } from "./fault-script.ts";
import type { RequestLog } from "./request-log.ts";
import type { RouteTable } from "./route-table.ts";

/** What tests and the demo steer every stand-in by; none of it is logged or hit by faults. */
export function controlRoutes({ faults, log }: { faults: FaultDesk; log: RequestLog }): RouteTable {
  const script = () => jsonAnswer({ script: faults.list() });
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
      jsonAnswer({ requests: log.entries(sinceOf(query)), next: log.lastSeq() }),
    "DELETE /__control/log": () => {
      log.clear();
      return jsonAnswer({ requests: [], next: log.lastSeq() });
    },
  };
}

export function controlError(status: number, error: string): Answer {
  return jsonAnswer({ error }, status);
}

/** `?since=N`, 0 where it is absent or no number. */
export function sinceOf(query: URLSearchParams): number {
  return Number(query.get("since")) || 0;
}

function scriptOf(body: unknown): unknown {
  const isScript = typeof body === "object" && body !== null && "script" in body;
  if (!isScript || Object.keys(body).length !== 1)
    throw new FaultScriptInvalid('The body must be JSON with one field: {"script": [...]}.');
  return body.script;
}
