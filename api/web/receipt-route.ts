import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { repliesWithoutReceipt } from "../../db/web/stream.ts";
import { parseInput } from "../parse-request.ts";
import type { CrossOrigin } from "./cross-origin.ts";
import { CONVERSATION_PARAMS, problems, SESSION_PROBLEMS } from "./route-schema.ts";
import type { ConversationParams, SessionCheck } from "./session/session-check.ts";
import type { WebDependencies } from "./web-dependencies.ts";

const BODY = z.strictObject({
  state: z.enum(["delivered", "read"], { error: "must be delivered or read" }),
  through_seq: z
    .int("must be the id of the last event that this is true of")
    .min(1, "must be the id of an event"),
});

/** More than a page shows; the rest was told by an earlier report, or is told by the next. */
const LIMIT = 200;
const BODY_LIMIT = 1_024;
const PATH = "/conversations/:conversation_id/receipts";

/** `POST /v1/conversations/{id}/receipts`: the page has shown the replies up to an event, or the person has seen them. */
export function registerReceiptRoute(
  room: FastifyInstance,
  { db, ingestEvent }: WebDependencies,
  { allowOrigin, preflight, check }: CrossOrigin & { check: SessionCheck },
): void {
  room.options(PATH, { schema: { hide: true } }, preflight);
  room.post<{ Params: ConversationParams }>(
    PATH,
    { schema: SCHEMA, onRequest: allowOrigin, bodyLimit: BODY_LIMIT },
    async (request, reply) => {
      const receivedAt = new Date();
      const { session, account } = await check(request);
      const { state, through_seq: throughSeq } = parseInput("body", BODY, request.body);
      const { conversationId } = session;
      const asked = { conversationId, throughSeq, state, limit: LIMIT };
      const ids = await repliesWithoutReceipt(db, account, asked);
      for (const providerId of ids) {
        const receipt = { kind: "receipt", providerId, state, code: null, providerTime: null } as const;
        await ingestEvent(account, receipt, { receivedAt, quietMs: 0 });
      }
      return await reply.code(202).send({ receipts: ids.length });
    },
  );
}

const SCHEMA = {
  summary: "Replies were shown, or seen (web chat)",
  operationId: "reportReceipts",
  tags: ["web chat"],
  security: [{ sessionToken: [] }],
  params: CONVERSATION_PARAMS,
  body: {
    type: "object",
    required: ["state", "through_seq"],
    properties: {
      state: { type: "string", enum: ["delivered", "read"] },
      through_seq: { type: "integer", minimum: 1, description: "Id of the last event that this is true of" },
    },
    examples: [{ state: "read", through_seq: 12 }],
  },
  response: {
    202: {
      description: "Kept",
      type: "object",
      required: ["receipts"],
      properties: { receipts: { type: "integer", description: "How many replies this was news of" } },
      examples: [{ receipts: 1 }],
    },
    ...problems(...SESSION_PROBLEMS, "request_invalid"),
  },
} as const;
