import type { Command } from "commander";
import { DEAD_LETTER_ID, findDeadLetter, listDeadLetters } from "../../../db/dead-letters.ts";
import { deliveryRowsOfTurn } from "../../../db/delivery-list.ts";
import { deliveryFacts } from "../conversation-facts.ts";
import {
  filterOf,
  letterArgument,
  letterFacts,
  type LetterFilters,
  letterFilters,
} from "../dead-letter-options.ts";
import { describeFacts, describeRows } from "../describe-facts.ts";
import { describePage, pageFacts, pageOptions, type PageOptions, pageRequest } from "../pages.ts";
import { known, runForTenant, tenantCommand, type TenantOptions } from "../tenant-command.ts";
import { addReplayCommand } from "./dlq-replay.ts";

const EXAMPLE = "8f14e45f-ceea-467f-a8d4-1c0a1d2b3c4d";
const COLUMNS = ["id", "kind", "since", "channel", "reason", "parts", "parts_accepted", "messages"];
const PART_COLUMNS = ["part", "state", "attempt", "code", "receipt"];

/** What did not arrive, and the way back. */
export function addDeadLetterCommands(program: Command): void {
  const dlq = program.command("dlq").description("Dead letters: what did not arrive, and the way back.");
  addList(dlq);
  addShow(dlq);
  addReplayCommand(dlq);
}

function addList(dlq: Command): void {
  const list = letterFilters(
    tenantCommand(dlq, "list", "What did not arrive and does not come back by itself, the last first.", [
      "dlq list",
      "dlq list --reason poison --channel twilio-sms",
      "dlq list --since 2026-11-25T09:00:00Z --json",
    ]),
  );
  pageOptions(list, DEAD_LETTER_ID).action(async (options: TenantOptions & PageOptions & LetterFilters) => {
    await runForTenant(
      options,
      async ({ db, tenantId }) =>
        pageFacts(
          "dead_letters",
          await listDeadLetters(db, { tenantId, ...filterOf(options) }, pageRequest(options)),
          letterFacts,
        ),
      describePage("dead_letters", COLUMNS),
    );
  });
}

function addShow(dlq: Command): void {
  tenantCommand(dlq, "show", "One dead letter with the parts of its reply.", [`dlq show ${EXAMPLE}`])
    .argument("<id>", "the dead letter's", letterArgument)
    .action(async (id: string, options: TenantOptions) => {
      await runForTenant(
        options,
        async ({ db, tenantId }) => {
          const why = "The tenant has no such dead letter: there never was one, or it arrived after all.";
          const letter = known(await findDeadLetter(db, { tenantId, id }), why);
          const parts = letter.kind === "reply" ? await deliveryRowsOfTurn(db, id) : [];
          return { ...letterFacts(letter), deliveries: parts.map(deliveryFacts) };
        },
        ({ deliveries, ...facts }) => `${describeFacts(facts)}\n\n${describeRows(deliveries, PART_COLUMNS)}`,
      );
    });
}
