import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { findDeadLetter, listDeadLetters } from "../../../db/turns/dead-letters.ts";
import { listTurnDeliveries } from "../../../db/delivery/list-deliveries.ts";
import { replayDeadLetter } from "../../../db/turns/replay-dead-letter.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import { formatPage, pageQuery, pageRequest, pageSchema } from "../http/page-cursor.ts";
import {
  DEAD_LETTER,
  DEAD_LETTER_EXAMPLE,
  DEAD_LETTER_ID,
  DEAD_LETTER_KIND,
  DEAD_LETTER_PARAMS,
  formatDeadLetter,
} from "../../views/dead-letter.ts";
import { DELIVERY, DELIVERY_EXAMPLE, formatDelivery } from "../../views/delivery.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, TIMESTAMP } from "../../views/fields.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const FULL = DEAD_LETTER.extend({ deliveries: z.array(DELIVERY) }).meta({ id: "DeadLetterWithDeliveries" });

const REPLAY = z
  .object({
    dead_letter_id: DEAD_LETTER_ID,
    outcome: z.enum(["replayed", "already_replayed"]).meta({
      description: "already_replayed: somebody was quicker, and nothing was done twice.",
    }),
  })
  .meta({ id: "Replay" });

/** `/v1/dead-letters`: what did not reach whom it was for, and the way back. */
export function registerDeadLetters(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault } = dependencies;
  const common = { tag: "dead letters", access: "conversations:read" } as const;

  addRoute(app, dependencies, {
    ...common,
    method: "GET",
    path: "/dead-letters",
    operationId: "listDeadLetters",
    summary: "What did not arrive and does not come back by itself, the last first",
    query: z.object({
      ...pageQuery(DEAD_LETTER_ID),
      kind: DEAD_LETTER_KIND.optional(),
      reason: z
        .string()
        .min(1, "must not be empty")
        .max(200, "must be 200 characters at most")
        .optional()
        .meta({ description: "The whole reason, or its first words: `poison`, `refused:permanent`." }),
      channel: z.string().optional(),
      account_id: z.string().optional(),
      since: TIMESTAMP.optional().meta({ description: "Those that died at this moment or later." }),
    }),
    response: {
      status: 200,
      description: "A page of dead letters",
      schema: pageSchema(DEAD_LETTER),
      example: { data: [DEAD_LETTER_EXAMPLE], next_cursor: null },
    },
    async handle({ tenantId, query }) {
      const { kind, reason, channel, account_id: accountId } = query;
      const since = query.since === undefined ? undefined : new Date(query.since);
      const filter = { tenantId, kind, reason, channel, accountId, since };
      return formatPage(await listDeadLetters(db, filter, pageRequest(query)), formatDeadLetter);
    },
  });

  addRoute(app, dependencies, {
    ...common,
    method: "GET",
    path: "/dead-letters/:dead_letter_id",
    operationId: "getDeadLetter",
    summary: "One dead letter with the parts of its reply",
    params: DEAD_LETTER_PARAMS,
    response: {
      status: 200,
      description: "The dead letter",
      schema: FULL,
      example: {
        ...DEAD_LETTER_EXAMPLE,
        deliveries: [{ ...DELIVERY_EXAMPLE, state: "refused", updated_at: EXAMPLE_TIMESTAMP }],
      },
    },
    async handle({ tenantId, params }) {
      const letter = await findDeadLetter(db, { tenantId, id: params.dead_letter_id });
      if (letter === null) throw notFound();
      const parts = letter.kind === "reply" ? await listTurnDeliveries(db, letter.id) : [];
      return { ...formatDeadLetter(letter), deliveries: parts.map(formatDelivery) };
    },
  });

  addRoute(app, dependencies, {
    tag: "dead letters",
    access: "messages:write",
    method: "POST",
    path: "/dead-letters/:dead_letter_id/replay",
    operationId: "replayDeadLetter",
    summary: "Sends what did not arrive",
    description:
      "A reply goes on at its first part that is not accepted, through the same gate as every send; one that was never made is made from the start. It begins within a few seconds. A part whose answer was lost is asked about first, where the channel can be asked; `accept_duplicates` lets it go out again where nobody can tell.",
    params: DEAD_LETTER_PARAMS,
    body: z.strictObject({ accept_duplicates: z.boolean().default(false) }),
    bodyExample: { accept_duplicates: false },
    idempotencyKey: "required",
    response: {
      status: 202,
      description: "It is on its way",
      schema: REPLAY,
      example: { dead_letter_id: EXAMPLE_ID, outcome: "replayed" },
    },
    problems: ["endpoint_disabled", "not_replayable"],
    async handle({ tenantId, params, body }) {
      const id = params.dead_letter_id;
      const request = { tenantId, id, acceptDuplicates: body.accept_duplicates };
      const outcome = await replayDeadLetter(db, vault, request);
      if (outcome === "not_found") throw notFound();
      if (outcome === "endpoint_disabled")
        throw new Problem("endpoint_disabled", "Enable the endpoint first.");
      if (outcome === "unreadable")
        throw new Problem("not_replayable", "It cannot be decrypted: the key that it needs is not there.");
      return { dead_letter_id: id, outcome };
    },
  });
}

function notFound(): Problem {
  return new Problem(
    "not_found",
    "The tenant has no such dead letter: there never was one, or it arrived after all.",
  );
}
