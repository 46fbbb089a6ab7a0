import type { Command } from "commander";
import { resendEvent } from "../../../db/events/event-deliveries.ts";
import { findEventDeliveries, type EventRow, listEvents } from "../../../db/events/list-events.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import { UserError } from "../../runtime/errors.ts";
import { parseUuid, parseWholeNumber } from "../options/argument-parsers.ts";
import { runForTenant, createTenantCommand, type TenantOptions } from "../tenant-command.ts";

/** What became of a tenant's events. */
export function addEventCommands(program: Command): void {
  const events = program.command("events").description("What a tenant's own systems were told.");

  createTenantCommand(events, "list", "The last events with where they went.")
    .option("--limit <n>", "how many", parseWholeNumber, 20)
    .action(async ({ limit, ...options }: TenantOptions & { limit: number }) => {
      await runForTenant(options, async ({ db, tenantId }) => {
        const { rows } = await listEvents(db, tenantId, { limit, keysetBefore: null });
        return { events: await Promise.all(rows.map(async (row) => await readEventView(db, row))) };
      });
    });

  createTenantCommand(events, "resend", "Begins a new round of attempts to hand an event to an endpoint.")
    .argument("<event>", "its id", parseUuid)
    .requiredOption("--endpoint <id>", "where to", parseUuid)
    .action(async (eventId: string, { endpoint, ...options }: TenantOptions & { endpoint: string }) => {
      await runForTenant(options, async ({ db, tenantId }) => {
        const outcome = await resendEvent(db, { tenantId, eventId, endpointId: endpoint });
        if (outcome === "not_found")
          throw new UserError("The tenant does not have both, event and endpoint.");
        if (outcome === "endpoint_disabled") throw new UserError("The endpoint is off: enable it first.");
        return { event_id: eventId, endpoint_id: endpoint, state: "pending" };
      });
    });
}

async function readEventView(db: Database, event: EventRow) {
  const deliveries = await findEventDeliveries(db, event.id);
  return {
    id: event.id,
    type: event.type,
    conversation_id: event.conversationId,
    created_at: event.createdAt,
    deliveries: deliveries.map(({ endpointId, state, attempt, code }) => ({
      endpoint_id: endpointId,
      state,
      attempts: attempt,
      code,
    })),
  };
}
