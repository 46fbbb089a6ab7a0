import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { readStream, seqBeforeLast, type StreamEvent } from "../../../db/web/stream.ts";
import { networkOf } from "../../../infra/runtime/network/network-of.ts";
import { Problem } from "../../problem.ts";
import { addVisitorRoute, type VisitorGate } from "../add-visitor-route.ts";
import { liveStream, type Pace } from "./live-stream.ts";
import { clientIdOf } from "../message-id.ts";
import { SESSION_MS } from "../session/open-session.ts";
import { CONVERSATION_PARAMS, describeProblems, SESSION_PROBLEMS } from "../route-schema.ts";
import type { StreamsFull } from "./open-streams.ts";
import { createWakeUp } from "./wake-up-signal.ts";
import type { WebDependencies } from "../web-dependencies.ts";

/** Events per read. With texts of at most 4,000 characters this limits the memory that a slow reader costs. */
const BATCH = 20;
/** Events of an older conversation that a new page shows. */
const HISTORY = 100;
const BUFFER_BYTES = 16_384;
/** A stream ends with its token. This ends the streams that are not read. */
const HARD_END_MS = SESSION_MS + 30_000;

/** A page reconnects by itself; another one of the network may have closed by then. */
const NETWORK_RETRY_S = 30;

const HEADERS = Object.freeze({
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store, no-cache, no-transform",
  "x-accel-buffering": "no",
  // The connection ends with the stream, so a server that stops does not wait for it.
  connection: "close",
});

/** `GET /v1/conversations/{id}/stream`: the events of a conversation, as server-sent events. */
export function registerStreamRoute(
  room: FastifyInstance,
  { db, vault, hub, streams, pace }: WebDependencies & { pace: Pace },
  gate: VisitorGate,
): void {
  addVisitorRoute(room, gate, {
    method: "GET",
    path: "/stream",
    schema: SCHEMA,
    handlerTimeout: HARD_END_MS,
    async handle(request, reply, { session }) {
      const { conversationId, accountId, expiresAt } = session;
      const lastEventId = parseLastEventId(request.headers["last-event-id"]);
      const place = streams.reserve({ visitor: conversationId, network: networkOf(request.ip), accountId });
      if (typeof place === "string") throw createFullProblem(place);
      const after =
        lastEventId ??
        (await seqBeforeLast(db, conversationId, HISTORY).catch((error: unknown) => {
          place.release();
          throw error;
        }));

      const wakeUp = createWakeUp();
      const unlisten = hub.listen(conversationId, (signal) => wakeUp.notify({ [signal]: true }));
      const read = async (seq: number) =>
        (await readStream(db, vault, { conversationId }, { after: seq, limit: BATCH })).map(toClientEvent);
      const isNotified = () => hub.isSubscribed(conversationId);
      const lines = Readable.from(liveStream({ read, isNotified, wakeUp, after, expiresAt, pace }), {
        objectMode: false,
        highWaterMark: BUFFER_BYTES,
      });
      place.open({
        end: (reason) => wakeUp.notify({ end: reason }),
        destroy: () => lines.destroy(),
      });
      lines.once("close", () => {
        unlisten();
        place.release();
        wakeUp.notify({ end: "gone" });
      });
      return await reply.headers(HEADERS).send(lines);
    },
  });
}

function createFullProblem(full: StreamsFull): Problem {
  if (full === "network_full")
    return new Problem("rate_limited", "This network has reached its limit of open streams.", [], {
      retryAfterS: NETWORK_RETRY_S,
    });
  return new Problem(
    "unavailable",
    "This process has reached its limit of open streams. Connect again in a few seconds.",
  );
}

function parseLastEventId(header: string | string[] | undefined): number | null {
  if (header === undefined || header === "") return null;
  if (typeof header === "string" && /^\d{1,15}$/.test(header)) return Number(header);
  throw new Problem("request_invalid", "A header is invalid.", [
    { field: "header.last-event-id", message: "must be the id of an event of this stream" },
  ]);
}

function toClientEvent(event: StreamEvent): StreamEvent {
  return event.kind === "message" ? { ...event, id: clientIdOf(event.id) } : event;
}

const SCHEMA = {
  summary: "Streams the events of a conversation (web chat)",
  description: `Server-sent events. \`message\` (the visitor's own), \`reply\` and \`status\` have an id: with the last id as \`Last-Event-ID\` no event is lost
or repeated. A \`message\` or \`reply\` that cannot be decrypted any more has \`erased\` and no text. Without it the stream begins with the last ${HISTORY} events. \`ready\` follows after the stored events. \`typing\` has no id and is not repeated. \`end\` has the reason
of the end: \`expired\` (open a new session), \`restart\` (connect again), \`replaced\` (the visitor has more than four streams), \`disabled\` (the operator has switched the chat off).`,
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
    ...describeProblems(...SESSION_PROBLEMS, "rate_limited", "request_invalid"),
  },
} as const;
