import { type Command, Option } from "commander";
import {
  getEvent,
  listEndpointDeliveries,
  listEventDeliveries,
  listEvents,
  resendEvent,
} from "../../../api/operations/events.ts";
import { EVENT_DELIVERY_STATES, formatEvent, formatEventDelivery } from "../../../api/views/event.ts";
import { formatPage } from "../../../api/views/page.ts";
import { parseUuid } from "../options/argument-parsers.ts";
import { addPageOptions, describePage, type PageOptions, toPageRequest } from "../options/page-options.ts";
import { createTenantCommand, runForTenant, type TenantOptions } from "../tenant-command.ts";

interface EndpointDeliveryOptions extends TenantOptions, PageOptions {
  state?: (typeof EVENT_DELIVERY_STATES)[number];
}

const EXAMPLE = "0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11";
const ENDPOINT = "c0a1f1ce-6a0b-4f0e-9d0f-3d7b1a9c5e21";
const COLUMNS = ["id", "type", "conversation_id", "created_at"];
const DELIVERY_COLUMNS = ["event_id", "endpoint_id", "state", "attempts", "code", "next_attempt_at"];

/** A tenant's outgoing events. */
export function addEventCommands(program: Command): void {
  const events = program.command("events").description("A tenant's outgoing events and their deliveries.");
  addList(events);
  addShow(events);
  addDeliveries(events);
  addEndpointDeliveries(events);
  addResend(events);
}

function addList(events: Command): void {
  const list = createTenantCommand(events, "list", "The tenant's events, newest first.", [
    "events list",
    "events list --limit 100 --json",
  ]);
  addPageOptions(list).action(async (options: TenantOptions & PageOptions) => {
    await runForTenant(
      options,
      async (work) => {
        const input = { tenantId: work.tenantId, page: toPageRequest(options) };
        return formatPage(await listEvents(work, input), formatEvent);
      },
      describePage(COLUMNS),
    );
  });
}

function addShow(events: Command): void {
  createTenantCommand(events, "show", "One event.", [`events show ${EXAMPLE}`])
    .argument("<id>", "the event's", parseUuid)
    .action(async (id: string, options: TenantOptions) => {
      await runForTenant(options, async (work) =>
        formatEvent(await getEvent(work, { tenantId: work.tenantId, id })),
      );
    });
}

function addDeliveries(events: Command): void {
  createTenantCommand(events, "deliveries", "The deliveries of one event, one for each endpoint.", [
    `events deliveries ${EXAMPLE}`,
  ])
    .argument("<id>", "the event's", parseUuid)
    .action(async (id: string, options: TenantOptions) => {
      await runForTenant(
        options,
        async (work) =>
          formatPage(await listEventDeliveries(work, { tenantId: work.tenantId, id }), formatEventDelivery),
        describePage(DELIVERY_COLUMNS),
      );
    });
}

function addEndpointDeliveries(events: Command): void {
  const list = createTenantCommand(
    events,
    "sent-to",
    "The deliveries to one endpoint. The delivery that changed last comes first.",
    [`events sent-to ${ENDPOINT} --state failed`],
  )
    .argument("<endpoint>", "the endpoint's id", parseUuid)
    .addOption(new Option("--state <state>", "only this state").choices(EVENT_DELIVERY_STATES));
  addPageOptions(list).action(async (id: string, options: EndpointDeliveryOptions) => {
    await runForTenant(
      options,
      async (work) => {
        const states = options.state === undefined ? EVENT_DELIVERY_STATES : [options.state];
        const input = { key: { tenantId: work.tenantId, id }, states, page: toPageRequest(options) };
        return formatPage(await listEndpointDeliveries(work, input), formatEventDelivery);
      },
      describePage(DELIVERY_COLUMNS),
    );
  });
}

function addResend(events: Command): void {
  createTenantCommand(events, "resend", "Begins a new round of attempts to send an event to an endpoint.", [
    `events resend ${EXAMPLE} --endpoint ${ENDPOINT}`,
  ])
    .argument("<id>", "the event's", parseUuid)
    .requiredOption("--endpoint <id>", "the endpoint's id", parseUuid)
    .action(async (eventId: string, options: TenantOptions & { endpoint: string }) => {
      await runForTenant(options, async (work) => {
        const input = { tenantId: work.tenantId, eventId, endpointId: options.endpoint };
        return formatEventDelivery(await resendEvent(work, input));
      });
    });
}
