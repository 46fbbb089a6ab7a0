import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { findConversationOwner } from "../../../db/conversations/open-conversation.ts";
import { listLines } from "../../../db/conversations/list-lines.ts";
import { listConversations } from "../../../db/conversations/list-conversations.ts";
import { ACCOUNT_ID, CHANNEL } from "../../../infra/runtime/config/field-rules.ts";
import { addRoute } from "../http/add-route.ts";
import {
  CONVERSATION,
  CONVERSATION_EXAMPLE,
  CONVERSATION_PARAMS,
  createFindConversation,
  formatConversation,
} from "../../views/conversation.ts";
import { formatPage, pageQuery, pageRequest, pageSchema } from "../http/page-cursor.ts";
import { ID } from "../../views/fields.ts";
import { LINE, LINE_EXAMPLES, formatLine } from "../../views/transcript-line.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const YES_NO = z
  .enum(["true", "false"], { error: "must be true or false" })
  .transform((word) => word === "true");

const FILTER = z.object({
  ...pageQuery(),
  contact_id: ID.optional(),
  channel: CHANNEL.optional(),
  account_id: ACCOUNT_ID.optional(),
  taken_over: YES_NO.optional().meta({ description: "Whether a person of the business holds it." }),
  paused: YES_NO.optional(),
});

/** `/v1/conversations`: what was said, and where each conversation stands. */
export function registerConversations(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault } = dependencies;
  const findConversation = createFindConversation(db);
  const common = { method: "GET", tag: "conversations", access: "conversations:read" } as const;

  addRoute(app, dependencies, {
    ...common,
    path: "/conversations",
    operationId: "listConversations",
    summary: "The tenant's conversations, newest first",
    query: FILTER,
    response: {
      status: 200,
      description: "A page of conversations",
      schema: pageSchema(CONVERSATION),
      example: { data: [CONVERSATION_EXAMPLE], next_cursor: null },
    },
    async handle({ tenantId, query }) {
      const { contact_id: contactId, account_id: accountId, channel, taken_over: takenOver, paused } = query;
      const filter = { tenantId, contactId, accountId, channel, takenOver, paused };
      return formatPage(await listConversations(db, filter, pageRequest(query)), formatConversation);
    },
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/conversations/:conversation_id",
    operationId: "getConversation",
    summary: "Where one conversation stands",
    params: CONVERSATION_PARAMS,
    response: {
      status: 200,
      description: "The conversation",
      schema: CONVERSATION,
      example: CONVERSATION_EXAMPLE,
    },
    handle: async ({ tenantId, params }) =>
      formatConversation(await findConversation(tenantId, params.conversation_id)),
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/conversations/:conversation_id/messages",
    operationId: "listMessages",
    summary: "The transcript, oldest line first",
    description:
      "In the order in which the person wrote, by the provider's evidence, each reply with what became of its parts.",
    params: CONVERSATION_PARAMS,
    query: z.object(pageQuery(z.string().regex(/^-?\d{1,16}:\d{1,16}$/))),
    response: {
      status: 200,
      description: "A page of lines",
      schema: pageSchema(LINE),
      example: { data: LINE_EXAMPLES, next_cursor: null },
    },
    async handle({ tenantId, params, query }) {
      const { id } = await findConversation(tenantId, params.conversation_id);
      const owner = await findConversationOwner(db, tenantId, id);
      return formatPage(await listLines(db, vault, owner, pageRequest(query)), formatLine);
    },
  });
}
