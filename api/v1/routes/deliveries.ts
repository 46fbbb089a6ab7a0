import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  findDeliveryRow,
  listTroubledDeliveries,
  listDeliveryReceipts,
  TROUBLES,
} from "../../../db/delivery/list-deliveries.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import { formatPage, pageQuery, pageRequest, pageSchema } from "../http/page-cursor.ts";
import { DELIVERY, DELIVERY_EXAMPLE, formatDelivery } from "../../views/delivery.ts";
import { EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "../../views/fields.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const RECEIPT = z.object({
  state: z.enum(["sent", "delivered", "read", "failed"]),
  code: z.string().nullable(),
  provider_time: TIMESTAMP.nullable(),
  received_at: TIMESTAMP,
});

const FULL_DELIVERY = DELIVERY.extend({
  receipts: z.array(RECEIPT).meta({ description: "Every receipt as it came." }),
}).meta({ id: "DeliveryWithReceipts" });

const RECEIPT_EXAMPLE = {
  state: "delivered" as const,
  code: null,
  provider_time: null,
  received_at: EXAMPLE_TIMESTAMP,
};

/** `/v1/deliveries`: parts of replies, and what became of each. */
export function registerDeliveries(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db } = dependencies;

  addRoute(app, dependencies, {
    method: "GET",
    path: "/deliveries",
    operationId: "listTroubledDeliveries",
    summary: "Parts that did not arrive, those that changed last first",
    description:
      "refused: the vendor will not take it. unknown: its answer was lost. failed: it reported a failure later.",
    tag: "deliveries",
    access: "conversations:read",
    query: z.object({
      ...pageQuery(),
      trouble: z.enum(TROUBLES, { error: `must be one of ${TROUBLES.join(", ")}` }).optional(),
    }),
    response: {
      status: 200,
      description: "A page of parts",
      schema: pageSchema(DELIVERY),
      example: {
        data: [{ ...DELIVERY_EXAMPLE, receipt: "failed", receipt_code: "30005" }],
        next_cursor: null,
      },
    },
    async handle({ tenantId, query }) {
      const found = await listTroubledDeliveries(
        db,
        { tenantId, trouble: query.trouble },
        pageRequest(query),
      );
      return formatPage(found, formatDelivery);
    },
  });

  addRoute(app, dependencies, {
    method: "GET",
    path: "/deliveries/:delivery_id",
    operationId: "getDelivery",
    summary: "One part with its receipts",
    tag: "deliveries",
    access: "conversations:read",
    params: z.object({ delivery_id: ID }),
    response: {
      status: 200,
      description: "The part",
      schema: FULL_DELIVERY,
      example: { ...DELIVERY_EXAMPLE, receipts: [RECEIPT_EXAMPLE] },
    },
    async handle({ tenantId, params }) {
      const row = await findDeliveryRow(db, { tenantId, deliveryId: params.delivery_id });
      if (row === null) throw new Problem("not_found", "The tenant has no such delivery.");
      const receipts = (await listDeliveryReceipts(db, row)).map(
        ({ state, code, providerTime, receivedAt }) => ({
          state,
          code,
          provider_time: timestampOrNull(providerTime),
          received_at: timestamp(receivedAt),
        }),
      );
      return { ...formatDelivery(row), receipts };
    },
  });
}
