import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { TROUBLES } from "../../../db/delivery/list-deliveries.ts";
import { getDelivery, listTroubledDeliveries } from "../../operations/deliveries.ts";
import {
  DELIVERY,
  DELIVERY_WITH_RECEIPTS,
  formatDelivery,
  formatDeliveryWithReceipts,
} from "../../views/delivery.ts";
import { ID } from "../../views/fields.ts";
import { formatPage, pageView } from "../../views/page.ts";
import { addRoute } from "../http/add-route.ts";
import { pageQuery, pageRequest } from "../http/page-query.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const FILTER = z.object({
  ...pageQuery(),
  trouble: z.enum(TROUBLES, { error: `must be one of ${TROUBLES.join(", ")}` }).optional(),
});
const readable = { method: "GET", tag: "deliveries", access: "conversations:read" } as const;
const FAILED = { ...DELIVERY.example, receipt: "failed", receipt_code: "30005" };

/** `/v1/deliveries`: the deliveries of reply parts. */
export function registerDeliveries(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    ...readable,
    path: "/deliveries",
    operationId: "listTroubledDeliveries",
    summary: "Reply parts that did not arrive. The part that changed last comes first",
    description:
      "refused: the vendor does not accept it. unknown: the vendor's response was lost. failed: the vendor reported a failure later.",
    query: FILTER,
    response: { status: 200, description: "A page of parts", ...pageView(DELIVERY, FAILED) },
    async handle({ tenantId, query }) {
      const input = { tenantId, trouble: query.trouble, page: pageRequest(query) };
      return formatPage(await listTroubledDeliveries(dependencies, input), formatDelivery);
    },
  });

  addRoute(app, dependencies, {
    ...readable,
    path: "/deliveries/:delivery_id",
    operationId: "getDelivery",
    summary: "One part with its receipts",
    params: z.object({ delivery_id: ID }),
    response: { status: 200, description: "The part", ...DELIVERY_WITH_RECEIPTS },
    handle: async ({ tenantId, params }) =>
      formatDeliveryWithReceipts(await getDelivery(dependencies, { tenantId, id: params.delivery_id })),
  });
}
