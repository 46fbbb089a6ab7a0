import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { web } from "../../infra/channels/web.ts";
import { Problem } from "../problem.ts";
import { parseInput } from "../parse-request.ts";
import { addVisitorRoute, type VisitorGate } from "./add-visitor-route.ts";
import type { WebSession } from "../../infra/runtime/encryption/session-token.ts";
import { hashNetwork } from "./session/visitor-network.ts";
import { isAnonymous } from "./session/visitor.ts";
import { providerIdOf } from "./message-id.ts";
import { CONVERSATION_PARAMS, describeProblems, SESSION_PROBLEMS } from "./route-schema.ts";
import type { WebDependencies } from "./web-dependencies.ts";

const MAX_TEXT = web.textLimit;
const BODY = z.strictObject({
  id: z.uuid("must be a UUID that the client created for this message").optional(),
  text: z
    .string("must be the text of the message")
    .max(MAX_TEXT, `must be at most ${MAX_TEXT} characters`)
    .refine((text) => text.trim() !== "", "must not be empty")
    .refine(
      (text) => text.isWellFormed() && !text.includes("\0"),
      "must be text without NUL or broken characters",
    ),
});
const ID = z.uuid();

/** The longest text with every character escaped, and the rest of the body. */
const BODY_LIMIT = 32_768;
/** Faster than a visitor can type. */
const PER_VISITOR = { capacity: 20, refillPerSecond: 1 };
/** An office with one public address. */
const PER_NETWORK = { capacity: 120, refillPerSecond: 5 };
/** More than a busy shop has. */
const PER_ACCOUNT = { capacity: 600, refillPerSecond: 50 };

/** `POST /v1/conversations/{id}/messages`: a visitor's message. */
export function registerMessageRoute(
  room: FastifyInstance,
  { ingestEvent, buckets, notify, vault }: WebDependencies,
  gate: VisitorGate,
): void {
  addVisitorRoute(room, gate, {
    method: "POST",
    path: "/messages",
    schema: SCHEMA,
    bodyLimit: BODY_LIMIT,
    async handle(request, reply, { session, account, receivedAt }) {
      const { conversationId } = session;
      const { id = parseHeaderId(request.headers["idempotency-key"]), text } = parseInput(
        "body",
        BODY,
        request.body,
      );
      const waitMs = await takeTokens(session, request.ip);
      if (waitMs > 0)
        throw new Problem("rate_limited", "Nothing was stored; send the message again later.", [], {
          retryAfterS: waitMs / 1_000,
        });
      const message = {
        kind: "message",
        providerMessageId: providerIdOf(conversationId, id),
        from: session.visitor,
        text,
        origin: "typed",
        // The clock of a browser is not reliable.
        providerTime: null,
      } as const;
      const quietMs = account.settings.quietWindowMs ?? 0;
      const outcome = await ingestEvent(account, message, { receivedAt, quietMs });
      // Never throws; the message is durable without it.
      void notify(conversationId, "news");
      return await reply.code(202).send({ message_id: id, outcome });
    },
  });

  /** The wait, ms. An anonymous visitor can open many conversations, so those of one network and of one account have limits too. */
  async function takeTokens(session: WebSession, ip: string): Promise<number> {
    const { conversationId, visitor, tenantId, accountId } = session;
    const limits = [
      { key: `{web:${conversationId}}:messages`, ...PER_VISITOR },
      ...(isAnonymous(visitor)
        ? [
            { key: `{web:${hashNetwork(vault, ip)}}:messages`, ...PER_NETWORK },
            { key: `{web:${tenantId}/${accountId}}:messages`, ...PER_ACCOUNT },
          ]
        : []),
    ];
    for (const limit of limits) {
      // One call for each key, because they are in different slots of a Redis cluster.
      const { waitMs } = await buckets.take([limit]);
      if (waitMs > 0) return waitMs;
    }
    return 0;
  }
}

function parseHeaderId(header: string | string[] | undefined): string {
  const given = ID.safeParse(typeof header === "string" ? header.replace(/^"(.*)"$/, "$1") : undefined);
  if (given.success) return given.data;
  const message = "must be a UUID that the client created for this message, here or in Idempotency-Key";
  throw new Problem("request_invalid", "The body is invalid. Nothing was changed.", [
    { field: "body.id", message },
  ]);
}

const SCHEMA = {
  summary: "Sends a visitor's message (web chat)",
  description: `With a session token, not an API key. The client creates the message's id and keeps it for every retry: a message that is already stored
has the outcome \`duplicate\`, so a retry is always safe. 202 means that the message is durable, and that a STOP is in effect. 503 with the code
\`not_in_effect\` means that the server keeps the message, which is a STOP, and that a reply may still be sent: show it as sent, and send the next one.
After 503 with the code \`unavailable\` the message is not known to be stored: send it again.`,
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
      description: "Stored",
      type: "object",
      required: ["message_id", "outcome"],
      properties: {
        message_id: { type: "string", format: "uuid" },
        outcome: { type: "string", enum: ["stored", "duplicate", "inlined", "spooled", "dead_lettered"] },
      },
      examples: [{ message_id: "8e03978e-40d5-43e8-bc93-6894a57f9324", outcome: "stored" }],
    },
    ...describeProblems(...SESSION_PROBLEMS, "rate_limited", "request_invalid", "not_in_effect"),
  },
} as const;
