import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { AGENT_NAME } from "../../../infra/runtime/config/field-rules.ts";
import {
  dismissDeadLetter,
  getDeadLetter,
  listDeadLetters,
  replayDeadLetter,
  restoreDeadLetter,
} from "../../operations/dead-letters.ts";
import {
  DEAD_LETTER,
  DEAD_LETTER_ID,
  DEAD_LETTER_KIND,
  DEAD_LETTER_WITH_DELIVERIES,
  DISMISSAL,
  DISMISSAL_NOTE,
  formatDeadLetter,
  formatDeadLetterWithDeliveries,
  formatDismissal,
  formatReplay,
  REPLAY,
} from "../../views/dead-letter.ts";
import { TIMESTAMP } from "../../views/fields.ts";
import { formatPage, pageView } from "../../views/page.ts";
import { addRoute } from "../http/add-route.ts";
import { ONLY } from "../http/only.ts";
import { pageQuery, pageRequest } from "../http/page-query.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const PARAMS = z.object({ dead_letter_id: DEAD_LETTER_ID });
const FILTER = z.object({
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
  since: TIMESTAMP.optional().meta({ description: "Dead letters from this time on." }),
  dismissed: ONLY.optional().meta({ description: "Only dismissed ones. Without it, only the others." }),
});
const readable = { method: "GET", tag: "dead letters", access: "conversations:read" } as const;

/** `/v1/dead-letters`: replies, events and messages that failed permanently, and their replay. */
export function registerDeadLetters(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    ...readable,
    path: "/dead-letters",
    operationId: "listDeadLetters",
    summary: "Dead letters. The one that died last comes first",
    query: FILTER,
    response: { status: 200, description: "A page of dead letters", ...pageView(DEAD_LETTER) },
    async handle({ tenantId, query, context }) {
      const { kind, reason, channel, account_id: accountId, dismissed } = query;
      const since = query.since === undefined ? undefined : new Date(query.since);
      const filter = { tenantId, kind, reason, channel, accountId, since, dismissed };
      return formatPage(
        await listDeadLetters(context, { filter, page: pageRequest(query) }),
        formatDeadLetter,
      );
    },
  });

  addRoute(app, dependencies, {
    ...readable,
    path: "/dead-letters/:dead_letter_id",
    operationId: "getDeadLetter",
    summary: "One dead letter with the parts of its reply",
    params: PARAMS,
    response: { status: 200, description: "The dead letter", ...DEAD_LETTER_WITH_DELIVERIES },
    handle: async ({ tenantId, params, context }) =>
      formatDeadLetterWithDeliveries(await getDeadLetter(context, { tenantId, id: params.dead_letter_id })),
  });
}

export function registerReplays(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    tag: "dead letters",
    access: "messages:write",
    method: "POST",
    path: "/dead-letters/:dead_letter_id/replay",
    operationId: "replayDeadLetter",
    summary: "Sends a dead letter again",
    description:
      "A reply continues at its first part that is not accepted, through the same gate as every send. A reply that was never made is made from the start. It begins within a few seconds. If the vendor's response for a part was lost, the channel is asked about the part first. `accept_duplicates` sends the part again if the channel cannot be asked.",
    params: PARAMS,
    body: z.strictObject({ accept_duplicates: z.boolean().default(false) }),
    bodyExample: { accept_duplicates: false },
    idempotencyKey: "required",
    response: { status: 202, description: "It will be sent", ...REPLAY },
    problems: ["endpoint_disabled", "not_replayable"],
    async handle({ tenantId, params, body, context }) {
      const input = { tenantId, id: params.dead_letter_id, acceptDuplicates: body.accept_duplicates };
      return formatReplay(await replayDeadLetter(context, input));
    },
  });
}

export function registerDismissals(app: FastifyInstance, dependencies: V1Dependencies): void {
  const writable = {
    tag: "dead letters",
    access: "messages:write",
    method: "POST",
    params: PARAMS,
  } as const;
  const dryRun = z.boolean().default(false).meta({ description: "Nothing changes." });

  addRoute(app, dependencies, {
    ...writable,
    path: "/dead-letters/:dead_letter_id/dismiss",
    operationId: "dismissDeadLetter",
    summary: "Takes a dead letter out of the lists and counts",
    description:
      "For a dead letter that needs no more work. Nothing is deleted, and nothing is sent. A letter that is replayed and dies again is in the lists again.",
    body: z.strictObject({ author: AGENT_NAME, note: DISMISSAL_NOTE, dry_run: dryRun }),
    bodyExample: { author: "dana", note: "Answered by telephone", dry_run: false },
    response: { status: 200, description: "The dismissal", ...DISMISSAL },
    async handle({ tenantId, params, body: { author, note, dry_run: isDryRun }, context }) {
      const input = { tenantId, id: params.dead_letter_id, author, note, dryRun: isDryRun };
      return formatDismissal(await dismissDeadLetter(context, input));
    },
  });

  addRoute(app, dependencies, {
    ...writable,
    path: "/dead-letters/:dead_letter_id/restore",
    operationId: "restoreDeadLetter",
    summary: "Ends the dismissal of a dead letter",
    body: z.strictObject({ dry_run: dryRun }),
    bodyExample: { dry_run: false },
    response: { status: 200, description: "The end of the dismissal", ...DISMISSAL },
    async handle({ tenantId, params, body, context }) {
      const input = { tenantId, id: params.dead_letter_id, dryRun: body.dry_run };
      return formatDismissal(await restoreDeadLetter(context, input));
    },
  });
}
