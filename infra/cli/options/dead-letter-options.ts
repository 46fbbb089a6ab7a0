import { type Command, Option } from "commander";
import { z } from "zod";
import {
  DEAD_LETTER_ID,
  DEAD_LETTER_KINDS,
  type DeadLetter,
  type DeadLetterKind,
} from "../../../db/turns/dead-letters.ts";
import { ACCOUNT_ID, CHANNEL } from "../../runtime/config/field-rules.ts";
import { createArgumentParser } from "./argument-parsers.ts";

export interface DeadLetterFilters {
  kind?: DeadLetterKind;
  reason?: string;
  channel?: string;
  account?: string;
  since?: Date;
}

export const parseDeadLetterId = createArgumentParser(
  z.string().regex(DEAD_LETTER_ID, "must be the id of a dead letter"),
);

/** Which dead letters: every filter that is left out lets all through. */
export function addDeadLetterFilters(command: Command): Command {
  return command
    .addOption(new Option("--kind <kind>", "of this kind alone").choices([...DEAD_LETTER_KINDS]))
    .option("--reason <words>", "of this reason alone: whole, or its first words such as `poison`")
    .option("--channel <name>", "of this channel alone", createArgumentParser(CHANNEL))
    .option("--account <id>", "of this account alone", createArgumentParser(ACCOUNT_ID))
    .option("--since <timestamp>", "that died at this time or later", parseTimestamp);
}

const parseTimestamp = createArgumentParser(
  z.iso
    .datetime({ offset: true, message: "must be a timestamp such as 2026-11-25T09:00:00Z" })
    .transform((text) => new Date(text)),
);

export function toDeadLetterFilter({ account, kind, reason, channel, since }: DeadLetterFilters) {
  return { accountId: account, kind, reason, channel, since };
}

export function formatDeadLetter(letter: DeadLetter) {
  return {
    id: letter.id,
    kind: letter.kind,
    since: letter.since,
    channel: letter.channel,
    account_id: letter.accountId,
    conversation_id: letter.conversationId,
    reason: letter.reason,
    parts: letter.parts,
    parts_accepted: letter.partsAccepted,
    parts_unknown: letter.partsUnknown,
    messages: letter.messages,
    event_type: letter.eventType,
    replayed_at: letter.replayedAt,
  };
}
