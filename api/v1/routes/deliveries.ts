import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { TROUBLES } from "../../../db/delivery/list-deliveries.ts";
import { ACCOUNT_ID, CHANNEL } from "../../../infra/runtime/config/field-rules.ts";
import { getDelivery, listTroubledDeliveries } from "../../operations/deliveries.ts";
import { retryDeliveries } from "../../operations/retry-deliveries.ts";
import {
  DELIVERY,
  DELIVERY_RETRY,
  DELIVERY_WITH_RECEIPTS,
  formatDelivery,
  formatDeliveryRetry,
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
    async handle({ tenantId, query, context }) {
      const input = { tenantId, trouble: query.trouble, page: pageRequest(query) };
      return formatPage(await listTroubledDeliveries(context, input), formatDelivery);
    },
  });

  addRoute(app, dependencies, {
    ...readable,
    path: "/deliveries/:delivery_id",
    operationId: "getDelivery",
    summary: "One part with its receipts",
    params: z.object({ delivery_id: ID }),
    response: { status: 200, description: "The part", ...DELIVERY_WITH_RECEIPTS },
    handle: async ({ tenantId, params, context }) =>
      formatDeliveryWithReceipts(await getDelivery(context, { tenantId, id: params.delivery_id })),
  });
}

const WAITING = z.strictObject({
  channel: CHANNEL.optional(),
  account_id: ACCOUNT_ID.optional(),
  conversation_id: ID.optional(),
  delivery_id: ID.optional(),
  limit: z.int().min(1).max(1_000).default(100),
  dry_run: z.boolean().default(false),
});

export function registerDeliveryRetries(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    tag: "deliveries",
    access: "messages:write",
    method: "POST",
    path: "/deliveries/retry",
    operationId: "retryDeliveries",
    summary: "Begins the next attempt of reply parts that wait after a failure",
    description:
      "For the time after an outage of a vendor. The attempts are spread over seconds, begin through the same gate as every send, and do not count on the schedule. A Retry-After of the vendor is kept. With `dry_run` nothing changes.",
    body: WAITING,
    bodyExample: { channel: "twilio-sms", account_id: "main", dry_run: true },
    response: { status: 200, description: "The parts", ...DELIVERY_RETRY },
    async handle({ tenantId, body, context }) {
      const filter = {
        tenantId,
        channel: body.channel,
        accountId: body.account_id,
        conversationId: body.conversation_id,
        deliveryId: body.delivery_id,
      };
      const input = { filter, limit: body.limit, dryRun: body.dry_run };
      return formatDeliveryRetry(await retryDeliveries(context, input));
    },
  });
}
