import type { Command } from "commander";
import { DEAD_LETTER_ID, findDeadLetter, listDeadLetters } from "../../../../db/turns/dead-letters.ts";
import { listTurnDeliveries } from "../../../../db/delivery/list-deliveries.ts";
import { formatDelivery } from "../../views/conversation-view.ts";
import {
  toDeadLetterFilter,
  parseDeadLetterId,
  formatDeadLetter,
  type DeadLetterFilters,
  addDeadLetterFilters,
} from "../../options/dead-letter-options.ts";
import { describeFields, describeRows } from "../../views/describe-fields.ts";
import {
  describePage,
  formatPage,
  addPageOptions,
  type PageOptions,
  toPageRequest,
} from "../../options/page-options.ts";
import { requireFound, runForTenant, createTenantCommand, type TenantOptions } from "../../tenant-command.ts";
import { addReplayCommand } from "./replay.ts";

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
  const list = addDeadLetterFilters(
    createTenantCommand(
      dlq,
      "list",
      "What did not arrive and does not come back by itself, the last first.",
      [
        "dlq list",
        "dlq list --reason poison --channel twilio-sms",
        "dlq list --since 2026-11-25T09:00:00Z --json",
      ],
    ),
  );
  addPageOptions(list, DEAD_LETTER_ID).action(
    async (options: TenantOptions & PageOptions & DeadLetterFilters) => {
      await runForTenant(
        options,
        async ({ db, tenantId }) =>
          formatPage(
            "dead_letters",
            await listDeadLetters(db, { tenantId, ...toDeadLetterFilter(options) }, toPageRequest(options)),
            formatDeadLetter,
          ),
        describePage("dead_letters", COLUMNS),
      );
    },
  );
}

function addShow(dlq: Command): void {
  createTenantCommand(dlq, "show", "One dead letter with the parts of its reply.", [`dlq show ${EXAMPLE}`])
    .argument("<id>", "the dead letter's", parseDeadLetterId)
    .action(async (id: string, options: TenantOptions) => {
      await runForTenant(
        options,
        async ({ db, tenantId }) => {
          const why = "The tenant has no such dead letter: there never was one, or it arrived after all.";
          const letter = requireFound(await findDeadLetter(db, { tenantId, id }), why);
          const parts = letter.kind === "reply" ? await listTurnDeliveries(db, id) : [];
          return { ...formatDeadLetter(letter), deliveries: parts.map(formatDelivery) };
        },
        ({ deliveries, ...facts }) => `${describeFields(facts)}\n\n${describeRows(deliveries, PART_COLUMNS)}`,
      );
    });
}
