import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { Problem } from "../problem.ts";
import { parseInput } from "../parse-request.ts";
import type { CrossOrigin } from "./cross-origin.ts";
import { providerIdOf } from "./message-id.ts";
import { CONVERSATION_PARAMS, problems, SESSION_PROBLEMS } from "./route-schema.ts";
import type { ConversationParams, SessionCheck } from "./session/session-check.ts";
import type { WebDependencies } from "./web-dependencies.ts";

const MAX_TEXT = 4_000;
const BODY = z.strictObject({
  id: z.uuid("must be a UUID that the client made for this message").optional(),
  text: z
    .string("must be what the person wrote")
    .max(MAX_TEXT, `must be at most ${MAX_TEXT} characters`)
    .refine((text) => text.trim() !== "", "must not be empty")
    .refine(
      (text) => text.isWellFormed() && !text.includes("\0"),
      "must be text without NUL or broken characters",
    ),
});
const ID = z.uuid();

/** The longest text in the longest escapes, and its frame. */
const BODY_LIMIT = 32_768;
/** Nobody types faster; what comes faster is not typed. */
const PER_VISITOR = { capacity: 20, refillPerSecond: 1 };
const PATH = "/conversations/:conversation_id/messages";

/** `POST /v1/conversations/{id}/messages`: what a visitor of a page says. */
export function registerMessageRoute(
  room: FastifyInstance,
  { ingestEvent, buckets, notify }: WebDependencies,
  { allowOrigin, preflight, check }: CrossOrigin & { check: SessionCheck },
): void {
  room.options(PATH, { schema: { hide: true } }, preflight);
  room.post<{ Params: ConversationParams }>(
    PATH,
    { schema: SCHEMA, onRequest: allowOrigin, bodyLimit: BODY_LIMIT },
    async (request, reply) => {
      const receivedAt = new Date();
      const { session, account } = await check(request);
      const { conversationId } = session;
      const { id = headerId(request.headers["idempotency-key"]), text } = parseInput(
        "body",
        BODY,
        request.body,
      );
      const { waitMs } = await buckets.take([{ key: `{web:${conversationId}}:messages`, ...PER_VISITOR }]);
      if (waitMs > 0) {
        void reply.header("retry-after", Math.ceil(waitMs / 1_000));
        throw new Problem("rate_limited", "Nothing was taken; send the message again a little later.");
      }
      const message = {
        kind: "message",
        providerMessageId: providerIdOf(conversationId, id),
        from: session.visitor,
        text,
        // A browser's clock says what its owner likes.
        providerTime: null,
      } as const;
      const quietMs = account.settings.quietWindowMs ?? 0;
      const outcome = await ingestEvent(account, message, { receivedAt, quietMs });
      // Never fails, and is no part of the promise.
      void notify(conversationId, "news");
      return await reply.code(202).send({ message_id: id, outcome });
    },
  );
}

function headerId(header: string | string[] | undefined): string {
  const given = ID.safeParse(typeof header === "string" ? header.replace(/^"(.*)"$/, "$1") : undefined);
  if (given.success) return given.data;
  const message = "must be a UUID that the client made for this message, here or in Idempotency-Key";
  throw new Problem("request_invalid", "The body is not as it has to be. Nothing was done.", [
    { field: "body.id", message },
  ]);
}

const SCHEMA = {
  summary: "A message of a visitor (web chat)",
  description: `With a session token, not an API key. The client makes the message's id and keeps it over every retry: a message that is here already is
answered as \`duplicate\`, so sending again is always safe. 202 means that the message is durable.`,
  operationId: "sendVisitorMessage",
  tags: ["web chat"],
  security: [{ sessionToken: [] }],
  params: CONVERSATION_PARAMS,
  body: {
    type: "object",
    required: ["text"],
    properties: {
      id: { type: "string", format: "uuid", description: "Or the header Idempotency-Key" },
      text: { type: "string", minLength: 1, maxLength: MAX_TEXT },
    },
    examples: [{ id: "8e03978e-40d5-43e8-bc93-6894a57f9324", text: "Do you repair e-bikes?" }],
  },
  response: {
    202: {
      description: "Taken",
      type: "object",
      required: ["message_id", "outcome"],
      properties: {
        message_id: { type: "string", format: "uuid" },
        outcome: { type: "string", enum: ["stored", "duplicate", "inlined", "spooled"] },
      },
      examples: [{ message_id: "8e03978e-40d5-43e8-bc93-6894a57f9324", outcome: "stored" }],
    },
    ...problems(...SESSION_PROBLEMS, "rate_limited", "request_invalid"),
  },
} as const;
