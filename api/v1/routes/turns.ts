import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { listTurnDeliveries } from "../../../db/delivery/list-deliveries.ts";
import { findTurnRow, listTurns } from "../../../db/turns/list-turns.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import { CONVERSATION_PARAMS, createFindConversation } from "../../views/conversation.ts";
import { formatPage, pageQuery, pageRequest, pageSchema } from "../http/page-cursor.ts";
import { DELIVERY, DELIVERY_EXAMPLE, formatDelivery } from "../../views/delivery.ts";
import { ID } from "../../views/fields.ts";
import { formatTurn, TURN, TURN_EXAMPLE } from "../../views/turn.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const FULL_TURN = TURN.extend({ deliveries: z.array(DELIVERY) }).meta({ id: "TurnWithDeliveries" });

/** Turns: how each answer came about and whether it arrived. */
export function registerTurns(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db } = dependencies;
  const findConversation = createFindConversation(db);

  addRoute(app, dependencies, {
    method: "GET",
    path: "/conversations/:conversation_id/turns",
    operationId: "listTurns",
    summary: "The turns of a conversation, newest first",
    tag: "conversations",
    access: "conversations:read",
    params: CONVERSATION_PARAMS,
    query: z.object(pageQuery()),
    response: {
      status: 200,
      description: "A page of turns",
      schema: pageSchema(TURN),
      example: { data: [TURN_EXAMPLE], next_cursor: null },
    },
    async handle({ tenantId, params, query }) {
      const { id: conversationId } = await findConversation(tenantId, params.conversation_id);
      return formatPage(await listTurns(db, { tenantId, conversationId }, pageRequest(query)), formatTurn);
    },
  });

  addRoute(app, dependencies, {
    method: "GET",
    path: "/turns/:turn_id",
    operationId: "getTurn",
    summary: "One turn with its deliveries",
    tag: "conversations",
    access: "conversations:read",
    params: z.object({ turn_id: ID }),
    response: {
      status: 200,
      description: "The turn",
      schema: FULL_TURN,
      example: { ...TURN_EXAMPLE, deliveries: [DELIVERY_EXAMPLE] },
    },
    async handle({ tenantId, params }) {
      const row = await findTurnRow(db, { tenantId, turnId: params.turn_id });
      if (row === null) throw new Problem("not_found", "The tenant has no such turn.");
      return { ...formatTurn(row), deliveries: (await listTurnDeliveries(db, row.id)).map(formatDelivery) };
    },
  });
}
