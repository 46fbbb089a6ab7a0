import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  takeOverConversation,
  pauseConversation,
  handBackConversation,
  resumeConversation,
} from "../../../db/conversations/takeover.ts";
import { HANDOFF_TIMEOUT_S, AGENT_NAME } from "../../../infra/runtime/config/field-rules.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import {
  CONVERSATION,
  CONVERSATION_EXAMPLE,
  CONVERSATION_PARAMS,
  createFindConversation,
  formatConversation,
} from "../../views/conversation.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const common = {
  method: "POST",
  tag: "takeover",
  access: "conversations:write",
  params: CONVERSATION_PARAMS,
  response: {
    status: 200,
    description: "The conversation",
    schema: CONVERSATION,
    example: CONVERSATION_EXAMPLE,
  },
} as const;

/** A conversation in the hands of people: claimed, given back, paused, resumed, handed off. */
export function registerTakeover(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, starter, web } = dependencies;
  const find = createFindConversation(db);
  const formatFound = async (tenantId: string, id: string) => formatConversation(await find(tenantId, id));

  addRoute(app, dependencies, {
    ...common,
    path: "/conversations/:conversation_id/take-over",
    operationId: "takeOverConversation",
    summary: "Gives the conversation to a person of the business",
    description:
      "No send of the assistant begins once this has been answered. Claiming again what is one's own is no error.",
    body: z.strictObject({ agent: AGENT_NAME }),
    bodyExample: { agent: "dana" },
    problems: ["taken_over_by_other"],
    async handle({ tenantId, params, body }) {
      const { id } = await find(tenantId, params.conversation_id);
      const takeover = await takeOverConversation(db, id, body.agent);
      if (!takeover.takenOver) throw takenOverByOther(takeover.takenOverBy);
      await web.notify(id, "news");
      return await formatFound(tenantId, id);
    },
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/conversations/:conversation_id/hand-back",
    operationId: "handBackConversation",
    summary: "Gives the conversation back to the assistant",
    description:
      "Without an operator it is taken from whoever holds it. Its next answer knows what was said meanwhile.",
    body: z.strictObject({ agent: AGENT_NAME.optional() }),
    bodyExample: { agent: "dana" },
    problems: ["taken_over_by_other"],
    async handle({ tenantId, params, body }) {
      const { id } = await find(tenantId, params.conversation_id);
      if (!(await handBackConversation(db, id, body.agent))) {
        const { takenOverBy } = await find(tenantId, id);
        if (takenOverBy !== null) throw takenOverByOther(takenOverBy);
      }
      await web.notify(id, "news");
      return await formatFound(tenantId, id);
    },
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/conversations/:conversation_id/pause",
    operationId: "pauseConversation",
    summary: "Keeps the assistant silent in this conversation",
    async handle({ tenantId, params }) {
      const { id } = await find(tenantId, params.conversation_id);
      await pauseConversation(db, id, "operator");
      return await formatFound(tenantId, id);
    },
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/conversations/:conversation_id/resume",
    operationId: "resumeConversation",
    summary: "Ends the pause, whatever began it",
    async handle({ tenantId, params }) {
      const { id } = await find(tenantId, params.conversation_id);
      await resumeConversation(db, id);
      return await formatFound(tenantId, id);
    },
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/conversations/:conversation_id/handoff",
    operationId: "handOffConversation",
    summary: "Asks for a person and keeps the assistant silent until one claims the conversation",
    description:
      "Where nobody does in time, the person who wrote is told so and the assistant answers again.",
    body: z.strictObject({
      timeout_s: HANDOFF_TIMEOUT_S,
    }),
    bodyExample: { timeout_s: 600 },
    problems: ["conversation_silent"],
    async handle({ tenantId, params, body }) {
      const { id, takenOverBy } = await find(tenantId, params.conversation_id);
      const paused = takenOverBy === null ? await pauseConversation(db, id, "handoff") : null;
      if (paused === null)
        throw new Problem(
          "conversation_silent",
          "It is claimed or paused already: release or resume it first.",
        );
      const since = paused.since.toISOString();
      const timeoutS = body.timeout_s;
      if (!(await starter.startHandoff(tenantId, { tenantId, conversationId: id, since, timeoutS }))) {
        // Nobody would end this pause.
        await resumeConversation(db, id, { reason: "handoff", since: paused.since });
        throw new Problem("unavailable", "The wait for a person could not be started. Nothing was changed.");
      }
      return await formatFound(tenantId, id);
    },
  });
}

export function takenOverByOther(agent: string): Problem {
  return new Problem("taken_over_by_other", `"${agent}" holds the conversation and has to release it first.`);
}
