import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { openHumanReply } from "../../db/human-replies.ts";
import { OPERATOR, REPLY_TEXT } from "../../infra/runtime/field-rules.ts";
import { Problem } from "../problem.ts";
import { addRoute } from "./add-route.ts";
import { CONVERSATION_PARAMS, createFindConversation } from "./conversation-schema.ts";
import { EXAMPLE_ID, ID } from "./fields.ts";
import { heldBy } from "./takeover.ts";
import type { V1Dependencies } from "./v1-dependencies.ts";

const ACCEPTED = z
  .object({ turn_id: ID.meta({ description: "`GET /v1/turns/{turn_id}` tells what became of it." }) })
  .meta({ id: "AcceptedReply" });

/** `POST /v1/conversations/{id}/replies`: a person of the business speaks. */
export function registerReplies(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault, outbound } = dependencies;
  const find = createFindConversation(db);

  addRoute(app, dependencies, {
    method: "POST",
    path: "/conversations/:conversation_id/replies",
    operationId: "replyAsHuman",
    summary: "Sends a person's own words",
    description:
      "The operator has to hold the conversation. The text is cut to what the channel takes and goes through the same gate as every send: an opt-out or a closed reply window still forbids it, and the turn says so.",
    tag: "takeover",
    access: "messages:write",
    params: CONVERSATION_PARAMS,
    body: z.strictObject({ text: REPLY_TEXT, operator: OPERATOR }),
    bodyExample: { text: "I have looked: your lamp ships tomorrow.", operator: "dana" },
    idempotencyKey: "required",
    answer: {
      status: 202,
      description: "It is stored and on its way",
      schema: ACCEPTED,
      example: { turn_id: EXAMPLE_ID },
    },
    problems: ["not_claimed", "claimed_by_other"],
    async handle({ tenantId, params, body, idempotencyKey }) {
      const { id: conversationId } = await find(tenantId, params.conversation_id);
      // The turn's id is made from it: were this server to die before it answers, the repetition finds the same turn.
      const key = idempotencyKey ?? "";
      const opened = await openHumanReply(db, vault, { tenantId, conversationId, key, ...body });
      if ("claimedBy" in opened) throw notTheirs(conversationId, opened.claimedBy);
      // The row is the promise: a start that is lost is the sweeper's.
      await outbound.startReply(tenantId, opened.turnId);
      return { turn_id: opened.turnId };
    },
  });
}

function notTheirs(conversationId: string, claimedBy: string | null): Problem {
  if (claimedBy !== null) return heldBy(claimedBy);
  const way = `POST /v1/conversations/${conversationId}/claim`;
  return new Problem(
    "not_claimed",
    `Claim the conversation first, so that the assistant keeps silent: ${way}.`,
  );
}
