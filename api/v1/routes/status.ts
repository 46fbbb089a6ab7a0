import type { FastifyInstance } from "fastify";
import { getStatus } from "../../operations/status.ts";
import { formatStatus, STATUS } from "../../views/status.ts";
import { addRoute } from "../http/add-route.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

/** `/v1/status`: for the installation's admin token only. */
export function registerStatus(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    method: "GET",
    path: "/status",
    operationId: "getStatus",
    summary: "What waits, what failed, and the alerts of the installation",
    tag: "installation",
    access: "installation",
    response: { status: 200, description: "The status", ...STATUS },
    handle: async ({ context }) => formatStatus(await getStatus(context)),
  });
}
