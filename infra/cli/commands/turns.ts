import type { Command } from "commander";
import { getTurn, listTurns } from "../../../api/operations/turns.ts";
import { formatPage } from "../../../api/views/page.ts";
import { formatTurn, formatTurnWithDeliveries } from "../../../api/views/turn.ts";
import { parseUuid } from "../options/argument-parsers.ts";
import { addPageOptions, describePage, type PageOptions, toPageRequest } from "../options/page-options.ts";
import { createTenantCommand, runForTenant, type TenantOptions } from "../tenant-command.ts";
import { describeWithDeliveries } from "../views/describe-deliveries.ts";

export const TURN_COLUMNS = ["id", "opened_at", "plan", "outcome", "tier", "reason", "cost_usd"];

/** How each reply was made, and whether it arrived. */
export function addTurnCommands(program: Command): void {
  const turns = program.command("turns").description("How each reply was made, and whether it arrived.");
  const list = createTenantCommand(turns, "list", "The turns of one conversation, newest first.", [
    "turns list b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33",
  ]).argument("<conversation>", "the conversation's id", parseUuid);
  addPageOptions(list).action(async (conversationId: string, options: TenantOptions & PageOptions) => {
    await runForTenant(
      options,
      async (work) => {
        const input = { tenantId: work.tenantId, conversationId, page: toPageRequest(options) };
        return formatPage(await listTurns(work, input), formatTurn);
      },
      describePage(TURN_COLUMNS),
    );
  });

  createTenantCommand(turns, "show", "One turn with its deliveries.", [
    "turns show 0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11",
  ])
    .argument("<id>", "the turn's", parseUuid)
    .action(async (id: string, options: TenantOptions) => {
      await runForTenant(
        options,
        async (work) => formatTurnWithDeliveries(await getTurn(work, { tenantId: work.tenantId, id })),
        { describe: describeWithDeliveries },
      );
    });
}
