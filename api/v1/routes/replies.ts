import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { openAgentReply } from "../../../db/turns/agent-replies.ts";
import { AGENT_NAME, REPLY_TEXT } from "../../../infra/runtime/config/field-rules.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import { CONVERSATION_PARAMS, createFindConversation } from "../../views/conversation.ts";
import { EXAMPLE_ID, ID } from "../../views/fields.ts";
import { takenOverByOther } from "./takeover.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const ACCEPTED = z
  .object({ turn_id: ID.meta({ description: "`GET /v1/turns/{turn_id}` tells what became of it." }) })
  .meta({ id: "AcceptedReply" });

/** `POST /v1/conversations/{id}/replies`: a person of the business speaks. */
export function registerReplies(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault, starter } = dependencies;
  const find = createFindConversation(db);

  addRoute(app, dependencies, {
    method: "POST",
    path: "/conversations/:conversation_id/replies",
    operationId: "replyAsAgent",
    summary: "Sends a person's own words",
    description:
      "The operator has to hold the conversation. The text is cut to what the channel takes and goes through the same gate as every send: an opt-out or a closed reply window still forbids it, and the turn says so.",
    tag: "takeover",
    access: "messages:write",
    params: CONVERSATION_PARAMS,
    body: z.strictObject({ text: REPLY_TEXT, agent: AGENT_NAME }),
    bodyExample: { text: "I have looked: your lamp ships tomorrow.", agent: "dana" },
    idempotencyKey: "required",
    response: {
      status: 202,
      description: "It is stored and on its way",
      schema: ACCEPTED,
      example: { turn_id: EXAMPLE_ID },
    },
    problems: ["not_taken_over", "taken_over_by_other"],
    async handle({ tenantId, params, body, idempotencyKey }) {
      const { id: conversationId } = await find(tenantId, params.conversation_id);
      // The turn's id is made from it: were this server to die before it answers, the repetition finds the same turn.
      const key = idempotencyKey ?? "";
      const reply = await openAgentReply(db, vault, { tenantId, conversationId, key, ...body });
      if ("takenOverBy" in reply) throw notTakenOver(conversationId, reply.takenOverBy);
      // The row is the promise: a start that is lost is the sweeper's.
      await starter.startReply(tenantId, reply.turnId);
      return { turn_id: reply.turnId };
    },
  });
}

function notTakenOver(conversationId: string, takenOverBy: string | null): Problem {
  if (takenOverBy !== null) return takenOverByOther(takenOverBy);
  const way = `POST /v1/conversations/${conversationId}/take-over`;
  return new Problem(
    "not_taken_over",
    `Claim the conversation first, so that the assistant keeps silent: ${way}.`,
  );
}
