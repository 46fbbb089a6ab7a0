import type { Command } from "commander";
import { resendEvent } from "../../../db/event-deliveries.ts";
import { deliveriesOfEvent, type EventRow, listEvents } from "../../../db/event-history.ts";
import type { Database } from "../../../db/postgres.ts";
import { StackError } from "../../dev/stack-error.ts";
import { uuidArgument, wholeNumberArgument } from "../argument.ts";
import { runForTenant, tenantCommand, type TenantOptions } from "../tenant-command.ts";

/** What became of a tenant's events. */
export function addEventCommands(program: Command): void {
  const events = program.command("events").description("What a tenant's own systems were told.");

  tenantCommand(events, "list", "The last events with where they went.")
    .option("--limit <n>", "how many", wholeNumberArgument, 20)
    .action(async ({ limit, ...options }: TenantOptions & { limit: number }) => {
      await runForTenant(options, async ({ db, tenantId }) => {
        const { rows } = await listEvents(db, tenantId, { limit, after: null });
        return { events: await Promise.all(rows.map(async (row) => await eventFacts(db, row))) };
      });
    });

  tenantCommand(events, "resend", "Begins a new round of attempts to hand an event to an endpoint.")
    .argument("<event>", "its id", uuidArgument)
    .requiredOption("--endpoint <id>", "where to", uuidArgument)
    .action(async (eventId: string, { endpoint, ...options }: TenantOptions & { endpoint: string }) => {
      await runForTenant(options, async ({ db, tenantId }) => {
        const outcome = await resendEvent(db, { tenantId, eventId, endpointId: endpoint });
        if (outcome === "not_found")
          throw new StackError("The tenant does not have both, event and endpoint.");
        if (outcome === "endpoint_disabled") throw new StackError("The endpoint is off: enable it first.");
        return { event_id: eventId, endpoint_id: endpoint, state: "pending" };
      });
    });
}

async function eventFacts(db: Database, event: EventRow) {
  const deliveries = await deliveriesOfEvent(db, event.id);
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
