import { type Command, Option } from "commander";
import { DEAD_LETTER_ID } from "../../../api/views/dead-letter.ts";
import { DEAD_LETTER_KINDS, type DeadLetterKind } from "../../../db/dead-letters/dead-letter-rows.ts";
import { ACCOUNT_ID, CHANNEL } from "../../runtime/config/field-rules.ts";
import { UsageError } from "../usage-error.ts";
import { createArgumentParser, parseTimestamp } from "./argument-parsers.ts";

export interface DeadLetterFilters {
  kind?: DeadLetterKind;
  reason?: string;
  channel?: string;
  account?: string;
  since?: Date;
}

export const parseDeadLetterId = createArgumentParser(DEAD_LETTER_ID);

/** A filter that is left out matches every dead letter. */
export function addDeadLetterFilters(command: Command): Command {
  return command
    .addOption(new Option("--kind <kind>", "only this kind").choices([...DEAD_LETTER_KINDS]))
    .option("--reason <words>", "only this reason: whole, or its first words such as `poison`")
    .option("--channel <name>", "only this channel", createArgumentParser(CHANNEL))
    .option("--account <id>", "only this account", createArgumentParser(ACCOUNT_ID))
    .option("--since <timestamp>", "only from this time on", parseTimestamp);
}

export function toDeadLetterFilter({ account, kind, reason, channel, since }: DeadLetterFilters) {
  return { accountId: account, kind, reason, channel, since };
}

/** For a command that changes all that match. */
export function requireFilter<Filter extends object>(filter: Filter): Filter {
  if (Object.values(filter).every((value) => value === undefined))
    throw new UsageError([{ field: "<id>", message: "is required without a filter" }]);
  return filter;
}
