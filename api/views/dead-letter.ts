import { z } from "zod";
import { DEAD_LETTER_ID as SHAPE, DEAD_LETTER_KINDS, type DeadLetter } from "../../db/turns/dead-letters.ts";
import { EXAMPLE_ID, EXAMPLE_TIMESTAMP, ID, TIMESTAMP, timestamp, timestampOrNull } from "./fields.ts";

/** A UUID, or two with a dot between them: those of an event and of its endpoint. */
export const DEAD_LETTER_ID = z.string().regex(SHAPE, "must be the id of a dead letter");
export const DEAD_LETTER_PARAMS = z.object({ dead_letter_id: DEAD_LETTER_ID });
export const DEAD_LETTER_KIND = z.enum(DEAD_LETTER_KINDS, {
  error: `must be one of ${DEAD_LETTER_KINDS.join(", ")}`,
});

export const DEAD_LETTER = z
  .object({
    id: DEAD_LETTER_ID.meta({
      description: "Of a reply the turn's id, of an event its id and its endpoint's with a dot between them.",
    }),
    kind: DEAD_LETTER_KIND.meta({
      description:
        "reply: an answer that did not reach the person. event: one that an endpoint did not take. message: one that could not be stored.",
    }),
    channel: z.string().nullable(),
    account_id: z.string().nullable(),
    conversation_id: ID.nullable(),
    reason: z.string().meta({ description: "From the general to the special, with colons between." }),
    since: TIMESTAMP,
    replayed_at: TIMESTAMP.nullable().meta({ description: "When it was last replayed, to no avail." }),
    parts: z.int().meta({ description: "Parts of the reply." }),
    parts_accepted: z.int().meta({ description: "Those that the channel took: no replay sends them again." }),
    parts_unknown: z.int().meta({ description: "Those whose answer was lost: they may have arrived." }),
    messages: z.int().meta({ description: "Messages of the person that wait for it." }),
    event_type: z.string().nullable(),
  })
  .meta({ id: "DeadLetter" });

export const DEAD_LETTER_EXAMPLE = {
  id: EXAMPLE_ID,
  kind: "reply" as const,
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
};

export function formatDeadLetter(letter: DeadLetter): z.input<typeof DEAD_LETTER> {
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
  };
}
