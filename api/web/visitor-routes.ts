import type { FastifyInstance } from "fastify";
import { createCrossOrigin } from "./cross-origin.ts";
import { PACE, type Pace } from "./stream/live-stream.ts";
import { registerMessageRoute } from "./message-route.ts";
import { registerReceiptRoute } from "./receipt-route.ts";
import { createSessionCheck } from "./session/session-check.ts";
import { registerStreamRoute } from "./stream/stream-route.ts";
import type { WebDependencies } from "./web-dependencies.ts";

/** The routes below /v1 for visitors: they need a session token, which is valid for one conversation, instead of an API key. */
export function registerVisitorRoutes(
  room: FastifyInstance,
  dependencies: WebDependencies & { pace?: Pace },
): void {
  const gate = {
    ...createCrossOrigin(dependencies.accounts),
    check: createSessionCheck(dependencies),
  };
  registerMessageRoute(room, dependencies, gate);
  registerReceiptRoute(room, dependencies, gate);
  registerStreamRoute(room, { pace: PACE, ...dependencies }, gate);
}
