import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ACCOUNT_ID, CHANNEL } from "../../../infra/runtime/config/field-rules.ts";
import { getConversation, listConversations, listLines } from "../../operations/conversations.ts";
import { getTurn, listTurns } from "../../operations/turns.ts";
import {
  CONVERSATION,
  formatConversation,
  formatListedConversation,
  LISTED_CONVERSATION,
} from "../../views/conversation.ts";
import { ID } from "../../views/fields.ts";
import { formatPage, pageView } from "../../views/page.ts";
import { formatLine, LINE, LINE_CURSOR_ID, OUTBOUND_LINE_EXAMPLE } from "../../views/transcript-line.ts";
import { formatTurn, formatTurnWithDeliveries, TURN, TURN_WITH_DELIVERIES } from "../../views/turn.ts";
import { addRoute } from "../http/add-route.ts";
import { ONLY } from "../http/only.ts";
import { pageQuery, pageRequest } from "../http/page-query.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

export const CONVERSATION_PARAMS = z.object({ conversation_id: ID });

const YES_NO = z
  .enum(["true", "false"], { error: "must be true or false" })
  .transform((word) => word === "true");

const FILTER = z.object({
  ...pageQuery(),
  contact_id: ID.optional(),
  channel: CHANNEL.optional(),
  account_id: ACCOUNT_ID.optional(),
  taken_over: YES_NO.optional().meta({ description: "Whether an agent has taken it over." }),
  paused: YES_NO.optional(),
  waiting: ONLY.optional().meta({ description: "Only conversations with `waiting_for`." }),
  stuck: ONLY.optional().meta({
    description:
      "Only conversations with an answer that makes no progress for a minute: a message that no turn takes, a turn without a reply, or a reply part that is not accepted.",
  }),
});

const readable = { method: "GET", tag: "conversations", access: "conversations:read" } as const;

/** `/v1/conversations`: transcripts and the state of each conversation. */
export function registerConversations(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    ...readable,
    path: "/conversations",
    operationId: "listConversations",
    summary: "The tenant's conversations, newest first",
    query: FILTER,
    response: { status: 200, description: "A page of conversations", ...pageView(LISTED_CONVERSATION) },
    async handle({ tenantId, caller, query, context }) {
      const { contact_id: contactId, account_id: accountId, channel, taken_over: takenOver } = query;
      const { paused, waiting, stuck } = query;
      const filter = { tenantId, contactId, accountId, channel, takenOver, paused, waiting, stuck };
      const input = { filter, page: pageRequest(query) };
      const mayReadContacts = caller.scopes.includes("contacts:read");
      return formatPage(await listConversations(context, input), (row) =>
        formatListedConversation(row, { mayReadContacts }),
      );
    },
  });

  addRoute(app, dependencies, {
    ...readable,
    path: "/conversations/:conversation_id",
    operationId: "getConversation",
    summary: "The state of one conversation",
    params: CONVERSATION_PARAMS,
    response: { status: 200, description: "The conversation", ...CONVERSATION },
    handle: async ({ tenantId, params, context }) =>
      formatConversation(
        await getConversation(context, { tenantId, conversationId: params.conversation_id }),
      ),
  });

  addRoute(app, dependencies, {
    ...readable,
    path: "/conversations/:conversation_id/messages",
    operationId: "listMessages",
    summary: "The transcript, oldest line first",
    description:
      "Lines are in the order in which the contact wrote, by the provider's evidence. Each reply has the deliveries of its parts.",
    params: CONVERSATION_PARAMS,
    query: z.object(pageQuery(LINE_CURSOR_ID)),
    response: {
      status: 200,
      description: "A page of lines",
      ...pageView(LINE, LINE.example, OUTBOUND_LINE_EXAMPLE),
    },
    async handle({ tenantId, params, query, context }) {
      const input = { tenantId, conversationId: params.conversation_id, page: pageRequest(query) };
      return formatPage(await listLines(context, input), formatLine);
    },
  });
}

/** Turns: how each reply was made and whether it arrived. */
export function registerTurns(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    ...readable,
    path: "/conversations/:conversation_id/turns",
    operationId: "listTurns",
    summary: "The turns of a conversation, newest first",
    params: CONVERSATION_PARAMS,
    query: z.object(pageQuery()),
    response: { status: 200, description: "A page of turns", ...pageView(TURN) },
    async handle({ tenantId, params, query, context }) {
      const input = { tenantId, conversationId: params.conversation_id, page: pageRequest(query) };
      return formatPage(await listTurns(context, input), formatTurn);
    },
  });

  addRoute(app, dependencies, {
    ...readable,
    path: "/turns/:turn_id",
    operationId: "getTurn",
    summary: "One turn with its deliveries",
    params: z.object({ turn_id: ID }),
    response: { status: 200, description: "The turn", ...TURN_WITH_DELIVERIES },
    handle: async ({ tenantId, params, context }) =>
      formatTurnWithDeliveries(await getTurn(context, { tenantId, id: params.turn_id })),
  });
}
