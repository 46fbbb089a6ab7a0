import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { AGENT_NAME, HANDOFF_TIMEOUT_S, REPLY_TEXT } from "../../../infra/runtime/config/field-rules.ts";
import type { OperationContext } from "../../operations/operation-context.ts";
import {
  awaitSilence,
  handBack,
  handOff,
  pause,
  reply,
  resume,
  takeOver,
} from "../../operations/takeover.ts";
import { CONVERSATION, formatConversation } from "../../views/conversation.ts";
import { EXAMPLE_ID, ID } from "../../views/fields.ts";
import { addRoute } from "../http/add-route.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";
import { CONVERSATION_PARAMS } from "./conversations.ts";

type Params = z.output<typeof CONVERSATION_PARAMS>;

const common = {
  method: "POST",
  tag: "takeover",
  access: "conversations:write",
  params: CONVERSATION_PARAMS,
  response: { status: 200, description: "The conversation", ...CONVERSATION },
} as const;
/** No send begins after the response, so the response comes after the sends that had begun. */
const silencing = {
  ...common,
  beforeReplay: async ({ params, context }: { params: Params; context: OperationContext }) =>
    await awaitSilence(context.db, params.conversation_id),
} as const;
const path = "/conversations/:conversation_id";

/** An agent takes a conversation over and hands it back. */
export function registerTakeover(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    ...silencing,
    path: `${path}/take-over`,
    operationId: "takeOverConversation",
    summary: "Gives the conversation to an agent",
    description:
      "After the response no send of the assistant begins. Taking over again as the same agent is no error.",
    body: z.strictObject({ agent: AGENT_NAME }),
    bodyExample: { agent: "dana" },
    problems: ["taken_over_by_other"],
    handle: async ({ tenantId, params, body, context }) =>
      formatConversation(await takeOver(context, { ...toKey(tenantId, params), agent: body.agent })),
  });

  addRoute(app, dependencies, {
    ...common,
    path: `${path}/hand-back`,
    operationId: "handBackConversation",
    summary: "Gives the conversation back to the assistant",
    description:
      "Without `agent` it is handed back whichever agent has it. The next answer knows the messages of the takeover.",
    body: z.strictObject({ agent: AGENT_NAME.optional() }),
    bodyExample: { agent: "dana" },
    problems: ["taken_over_by_other"],
    handle: async ({ tenantId, params, body, context }) =>
      formatConversation(await handBack(context, { ...toKey(tenantId, params), agent: body.agent })),
  });
}

/** The assistant is silent for a time. */
export function registerPauses(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    ...silencing,
    path: `${path}/pause`,
    operationId: "pauseConversation",
    summary: "Keeps the assistant silent in this conversation",
    handle: async ({ tenantId, params, context }) =>
      formatConversation(await pause(context, toKey(tenantId, params))),
  });

  addRoute(app, dependencies, {
    ...common,
    path: `${path}/resume`,
    operationId: "resumeConversation",
    summary: "Ends the pause, whichever reason it has",
    handle: async ({ tenantId, params, context }) =>
      formatConversation(await resume(context, toKey(tenantId, params))),
  });

  addRoute(app, dependencies, {
    ...silencing,
    path: `${path}/handoff`,
    operationId: "handOffConversation",
    summary: "Asks for an agent, and keeps the assistant silent until one takes the conversation over",
    description:
      "If no agent takes it over in time, the contact gets a notice, and the assistant answers again.",
    body: z.strictObject({ timeout_s: HANDOFF_TIMEOUT_S }),
    bodyExample: { timeout_s: 600 },
    problems: ["conversation_silent"],
    handle: async ({ tenantId, params, body, context }) =>
      formatConversation(await handOff(context, { ...toKey(tenantId, params), timeoutS: body.timeout_s })),
  });
}

const ACCEPTED = z
  .object({ turn_id: ID.meta({ description: "`GET /v1/turns/{turn_id}` shows the result." }) })
  .meta({ id: "AcceptedReply" });

export function registerReplies(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    ...common,
    path: `${path}/replies`,
    operationId: "replyAsAgent",
    summary: "Sends an agent's reply",
    description:
      "The agent must have taken the conversation over. The text is split to the channel's limits and goes through the same gate as every send: an opt-out or a closed reply window suppresses it, and the turn shows that.",
    access: "messages:write",
    body: z.strictObject({ text: REPLY_TEXT, agent: AGENT_NAME }),
    bodyExample: { text: "I have looked: your lamp ships tomorrow.", agent: "dana" },
    idempotencyKey: "required",
    response: {
      status: 202,
      description: "It is stored and will be sent",
      schema: ACCEPTED,
      example: { turn_id: EXAMPLE_ID },
    },
    problems: ["not_taken_over", "taken_over_by_other", "contact_erased"],
    async handle({ tenantId, params, body, idempotencyKey, context }) {
      const input = { ...toKey(tenantId, params), ...body, key: idempotencyKey ?? "" };
      return { turn_id: (await reply(context, input)).turnId };
    },
  });
}

function toKey(tenantId: string, params: Params) {
  return { tenantId, conversationId: params.conversation_id };
}
