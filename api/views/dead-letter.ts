import { z } from "zod";
import {
  DEAD_LETTER_ID as ID_PATTERN,
  DEAD_LETTER_KINDS,
  type DeadLetter,
} from "../../db/dead-letters/dead-letter-rows.ts";
import type { DismissResult } from "../operations/dead-letters.ts";
import type { DeliveryRow } from "../../db/delivery/list-deliveries.ts";
import { DELIVERY, formatDelivery } from "./delivery.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";
import { defineView, type Shape } from "./view.ts";

/** A UUID, or the ids of an event and of its endpoint with a dot between them. */
export const DEAD_LETTER_ID = z.string().regex(ID_PATTERN, "must be the id of a dead letter");
export const DEAD_LETTER_KIND = z.enum(DEAD_LETTER_KINDS, {
  error: `must be one of ${DEAD_LETTER_KINDS.join(", ")}`,
});

const SCHEMA = z
  .object({
    id: DEAD_LETTER_ID.meta({
      description: "The turn's id for a reply; for an event, the event's id, a dot and the endpoint's id.",
    }),
    kind: DEAD_LETTER_KIND.meta({
      description:
        "reply: a reply that did not reach the contact. event: an event that an endpoint did not accept. inbound: an inbound event (a message, an edit, a deletion, an opt-out, an agent's reply in the vendor's inbox) that could not be stored.",
    }),
    channel: z.string().nullable(),
    account_id: z.string().nullable(),
    conversation_id: ID.nullable(),
    reason: z.string().meta({ description: "From the general to the special, separated by colons." }),
    since: TIMESTAMP,
    replayed_at: TIMESTAMP.nullable().meta({
      description: "The last replay that did not succeed.",
    }),
    parts: z.int().meta({ description: "Parts of the reply." }),
    parts_accepted: z
      .int()
      .meta({ description: "Parts that the channel accepted. No replay sends them again." }),
    parts_unknown: z
      .int()
      .meta({ description: "Parts for which the vendor's response was lost. They may have arrived." }),
    messages: z
      .int()
      .meta({ description: "Messages of the contact that wait for the reply; 1 for the kind inbound." }),
    event_type: z.string().nullable(),
    dismissed_at: TIMESTAMP.nullable().meta({
      description: "When an operator dismissed it. A dismissed letter is only in the list of dismissed ones.",
    }),
    dismissed_by: z.string().nullable(),
    dismissal_note: z.string().nullable(),
  })
  .meta({ id: "DeadLetter" });

export const DEAD_LETTER = defineView(SCHEMA, {
  id: EXAMPLE_ID,
  kind: "reply",
  channel: "twilio-sms",
  account_id: "main",
  conversation_id: "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33",
  reason: "refused:retry:attempts_exhausted",
  since: EXAMPLE_TIMESTAMP,
  replayed_at: null,
  parts: 3,
  parts_accepted: 1,
  parts_unknown: 0,
  messages: 1,
  event_type: null,
  dismissed_at: null,
  dismissed_by: null,
  dismissal_note: null,
});

export const DEAD_LETTER_WITH_DELIVERIES = defineView(
  SCHEMA.extend({ deliveries: z.array(DELIVERY.schema) }).meta({ id: "DeadLetterWithDeliveries" }),
  { ...DEAD_LETTER.example, deliveries: [{ ...DELIVERY.example, state: "refused" }] },
);

export const REPLAY = defineView(
  z
    .object({
      dead_letter_id: DEAD_LETTER_ID,
      outcome: z.enum(["replayed", "already_replayed"]).meta({
        description: "already_replayed: an earlier request replayed it, and this one changed nothing.",
      }),
    })
    .meta({ id: "Replay" }),
  { dead_letter_id: EXAMPLE_ID, outcome: "replayed" },
);

export const DISMISSAL = defineView(
  z
    .object({
      dead_letter_id: DEAD_LETTER_ID,
      dry_run: z.boolean().meta({ description: "True: nothing was changed." }),
      outcome: z.enum(["dismissed", "already_dismissed", "restored", "not_dismissed"]).meta({
        description: "already_dismissed, not_dismissed: there was nothing to change.",
      }),
    })
    .meta({ id: "Dismissal" }),
  { dead_letter_id: EXAMPLE_ID, dry_run: false, outcome: "dismissed" },
);

/** The note that explains a dismissal. */
export const DISMISSAL_NOTE = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .max(200, "must be 200 characters at most");

export function formatDismissal({ id, dryRun, outcome }: DismissResult): Shape<typeof DISMISSAL> {
  return { dead_letter_id: id, dry_run: dryRun, outcome };
}

export function formatDeadLetter(letter: DeadLetter): Shape<typeof DEAD_LETTER> {
  return {
    id: letter.id,
    kind: letter.kind,
    channel: letter.channel,
    account_id: letter.accountId,
    conversation_id: letter.conversationId,
    reason: letter.reason,
    since: timestamp(letter.since),
    replayed_at: timestampOrNull(letter.replayedAt),
    parts: letter.parts,
    parts_accepted: letter.partsAccepted,
    parts_unknown: letter.partsUnknown,
    messages: letter.messages,
    event_type: letter.eventType,
    dismissed_at: timestampOrNull(letter.dismissal?.at ?? null),
    dismissed_by: letter.dismissal?.author ?? null,
    dismissal_note: letter.dismissal?.note ?? null,
  };
}

export function formatDeadLetterWithDeliveries({
  letter,
  deliveries,
}: {
  letter: DeadLetter;
  deliveries: readonly DeliveryRow[];
}): Shape<typeof DEAD_LETTER_WITH_DELIVERIES> {
  return { ...formatDeadLetter(letter), deliveries: deliveries.map(formatDelivery) };
}

export function formatReplay({
  id,
  outcome,
}: {
  id: string;
  outcome: "replayed" | "already_replayed";
}): Shape<typeof REPLAY> {
  return { dead_letter_id: id, outcome };
}
