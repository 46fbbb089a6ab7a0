import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { findConversationOwner } from "../../../db/conversations/open-conversation.ts";
import { readStream, seqBeforeLast, type StreamEvent } from "../../../db/web/stream.ts";
import { Problem } from "../../problem.ts";
import type { CrossOrigin } from "../cross-origin.ts";
import { liveStream, type Pace } from "./live-stream.ts";
import { clientIdOf } from "../message-id.ts";
import { SESSION_MS } from "../session/open-session.ts";
import { CONVERSATION_PARAMS, problems, SESSION_PROBLEMS } from "../route-schema.ts";
import type { ConversationParams, SessionCheck } from "../session/session-check.ts";
import { createWakeUp } from "./wake-up-signal.ts";
import type { WebDependencies } from "../web-dependencies.ts";

/** Events read at once; with texts of at most 4,000 characters this is what a slow reader costs. */
const BATCH = 20;
/** What a page shows of an older conversation. */
const HISTORY = 100;
const BUFFER_BYTES = 16_384;
/** A stream ends with its token; this cuts those whose reader does not listen. */
const HARD_END_MS = SESSION_MS + 30_000;
const PATH = "/conversations/:conversation_id/stream";

const HEADERS = Object.freeze({
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
  // The connection ends with the stream: a server that stops does not wait for it.
  connection: "close",
});

/** `GET /v1/conversations/{id}/stream`: what happens in a conversation, as server-sent events. */
export function registerStreamRoute(
  room: FastifyInstance,
  { db, vault, hub, streams, pace }: WebDependencies & { pace: Pace },
  { allowOrigin, preflight, check }: CrossOrigin & { check: SessionCheck },
): void {
  room.options(PATH, { schema: { hide: true } }, preflight);
  room.get<{ Params: ConversationParams }>(
    PATH,
    { schema: SCHEMA, onRequest: allowOrigin, handlerTimeout: HARD_END_MS },
    async (request, reply) => {
      const { session } = await check(request);
      if (streams.isFull())
        throw new Problem(
          "unavailable",
          "This server has as many pages as it can serve. Come again in a moment.",
        );
      const { conversationId, expiresAt } = session;
      const owner = await findConversationOwner(db, session.tenantId, conversationId);
      const after =
        lastEventId(request.headers["last-event-id"]) ?? (await seqBeforeLast(db, conversationId, HISTORY));

      const wakeUp = createWakeUp();
      const unlisten = hub.listen(conversationId, (signal) => wakeUp.notify({ [signal]: true }));
      const read = async (seq: number) =>
        (await readStream(db, vault, owner, { after: seq, limit: BATCH })).map(forClient);
      const isNotified = () => hub.isSubscribed(conversationId);
      const lines = Readable.from(liveStream({ read, isNotified, wakeUp, after, expiresAt, pace }), {
        objectMode: false,
        highWaterMark: BUFFER_BYTES,
      });
      const removeStream = streams.add(conversationId, {
        end: (reason) => wakeUp.notify({ end: reason }),
        destroy: () => lines.destroy(),
      });
      lines.once("close", () => {
        unlisten();
        removeStream();
        wakeUp.notify({ end: "gone" });
      });
      return await reply.headers(HEADERS).send(lines);
    },
  );
}

function lastEventId(header: string | string[] | undefined): number | null {
  if (header === undefined || header === "") return null;
  if (typeof header === "string" && /^\d{1,15}$/.test(header)) return Number(header);
  throw new Problem("request_invalid", "The headers are not as they have to be.", [
    { field: "header.last-event-id", message: "must be the id of an event of this stream" },
  ]);
}

function forClient(event: StreamEvent): StreamEvent {
  return event.kind === "message" ? { ...event, id: clientIdOf(event.id) } : event;
}

const SCHEMA = {
  summary: "What happens in a conversation, live (web chat)",
  description: `Server-sent events. \`message\` (the person's own), \`reply\` and \`status\` have an id: send the last one as \`Last-Event-ID\` and nothing is missed
or told twice. Without it the last ${HISTORY} events come first. \`ready\` follows when all that was kept is told. \`typing\` has no id and is not repeated. \`end\` says why the stream
ends: \`expired\` (get a new token), \`restart\` (come back), \`replaced\` (the visitor has opened more than four).`,
  operationId: "streamConversation",
  tags: ["web chat"],
  security: [{ sessionToken: [] }],
  params: CONVERSATION_PARAMS,
  headers: {
    type: "object",
    properties: { "Last-Event-ID": { type: "string", pattern: "^\\d{1,15}$" } },
  },
  response: {
    200: {
      description: "Events, until the token ends",
      content: { "text/event-stream": { schema: { type: "string" } } },
    },
    ...problems(...SESSION_PROBLEMS, "request_invalid"),
  },
} as const;
