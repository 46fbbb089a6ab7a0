import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { repliesWithoutReceipt } from "../../db/web/stream.ts";
import { parseInput } from "../parse-request.ts";
import { addVisitorRoute, type VisitorGate } from "./add-visitor-route.ts";
import { CONVERSATION_PARAMS, describeProblems, SESSION_PROBLEMS } from "./route-schema.ts";
import type { WebDependencies } from "./web-dependencies.ts";

const BODY = z.strictObject({
  state: z.enum(["delivered", "read"], { error: "must be delivered or read" }),
  through_seq: z
    .int("must be the id of the last event that the report covers")
    .min(1, "must be the id of an event"),
});

/** More than a page shows. The remaining replies are part of an earlier report or of the next one. */
const LIMIT = 200;
const BODY_LIMIT = 1_024;

/** `POST /v1/conversations/{id}/receipts`: the replies up to an event were shown on the page, or read by the visitor. */
export function registerReceiptRoute(
  room: FastifyInstance,
  { db, ingestEvent }: WebDependencies,
  gate: VisitorGate,
): void {
  addVisitorRoute(room, gate, {
    method: "POST",
    path: "/receipts",
    schema: SCHEMA,
    bodyLimit: BODY_LIMIT,
    async handle(request, reply, { session, account, receivedAt }) {
      const { state, through_seq: throughSeq } = parseInput("body", BODY, request.body);
      const { conversationId } = session;
      const wanted = { conversationId, throughSeq, state, limit: LIMIT };
      const ids = await repliesWithoutReceipt(db, account, wanted);
      for (const providerId of ids) {
        const receipt = { kind: "receipt", providerId, state, code: null, providerTime: null } as const;
        await ingestEvent(account, receipt, { receivedAt, quietMs: 0 });
      }
      return await reply.code(202).send({ receipts: ids.length });
    },
  });
}

const SCHEMA = {
  summary: "Reports that replies were shown or read (web chat)",
  operationId: "reportReceipts",
  tags: ["web chat"],
  security: [{ sessionToken: [] }],
  params: CONVERSATION_PARAMS,
  body: {
    type: "object",
    required: ["state", "through_seq"],
    properties: {
      state: { type: "string", enum: ["delivered", "read"] },
      through_seq: {
        type: "integer",
        minimum: 1,
        description: "Id of the last event that the report covers",
      },
    },
    examples: [{ state: "read", through_seq: 12 }],
  },
  response: {
    202: {
      description: "Stored",
      type: "object",
      required: ["receipts"],
      properties: { receipts: { type: "integer", description: "The number of replies with a new state" } },
      examples: [{ receipts: 1 }],
    },
    ...describeProblems(...SESSION_PROBLEMS, "request_invalid"),
  },
} as const;
