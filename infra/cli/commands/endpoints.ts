import { type Command, Option } from "commander";
import {
  createEndpoint,
  deleteEndpoint,
  disableEndpoint,
  dropPreviousSecret,
  enableEndpoint,
  getEndpoint,
  listEndpoints,
  PREVIOUS_VALID_DEFAULT_S,
  PREVIOUS_VALID_S,
  resendFailedEvents,
  rotateSecret,
  testEndpoint,
} from "../../../api/operations/event-endpoints.ts";
import { formatEndpoint, formatNewEndpoint, formatRotatedSecret } from "../../../api/views/event-endpoint.ts";
import { formatPage } from "../../../api/views/page.ts";
import { EVENT_TYPES, type EventType } from "../../../db/events/outgoing-events.ts";
import { createNumberParser, parseTimestamp, parseUuid } from "../options/argument-parsers.ts";
import { addPageOptions, describePage, type PageOptions, toPageRequest } from "../options/page-options.ts";
import { createTenantCommand, runForTenant, type TenantOptions } from "../tenant-command.ts";

interface NewEndpointOptions extends TenantOptions {
  types?: EventType[];
  includeText: boolean;
}

const EXAMPLE = "0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11";
const COLUMNS = ["id", "url", "types", "include_text", "disabled_reason", "failing_since"];

/** Where a tenant's outgoing events are sent. */
export function addEndpointCommands(program: Command): void {
  const endpoints = program.command("endpoints").description("Where a tenant's outgoing events are sent.");
  addList(endpoints);
  addCreate(endpoints);
  for (const [name, description, run] of ACTIONS) {
    createEndpointCommand(endpoints, name, description).action(async (id: string, options: TenantOptions) => {
      await runForTenant(options, async (work) =>
        formatEndpoint(await run(work, { tenantId: work.tenantId, id })),
      );
    });
  }
  addRotate(endpoints);
  addTest(endpoints);
  addResendFailed(endpoints);
}

const ACTIONS = [
  ["show", "One endpoint, without its secret.", getEndpoint],
  ["drop-previous", "Removes the previous secret: only the current one signs.", dropPreviousSecret],
  ["enable", "Enables an endpoint again.", enableEndpoint],
  ["disable", "Disables an endpoint. Waiting events fail, and no events are kept for it.", disableEndpoint],
  ["delete", "Deletes an endpoint with its deliveries.", deleteEndpoint],
] as const;

function addList(endpoints: Command): void {
  const list = createTenantCommand(endpoints, "list", "The tenant's endpoints, newest first.", [
    "endpoints list --json",
  ]);
  addPageOptions(list).action(async (options: TenantOptions & PageOptions) => {
    await runForTenant(
      options,
      async (work) => {
        const input = { tenantId: work.tenantId, page: toPageRequest(options) };
        return formatPage(await listEndpoints(work, input), formatEndpoint);
      },
      describePage(COLUMNS),
    );
  });
}

function addCreate(endpoints: Command): void {
  createTenantCommand(endpoints, "create", "Creates an endpoint and shows its secret once.", [
    "endpoints create https://crm.example.com/parley --types message.received message.reply.failed",
  ])
    .argument("<url>", "where its events are posted")
    .addOption(new Option("--types <type...>", "only these event types").choices(EVENT_TYPES))
    .option("--include-text", "events contain the texts of messages", false)
    .action(async (url: string, { types = [], includeText, ...options }: NewEndpointOptions) => {
      await runForTenant(options, async (work) => {
        const endpoint = { tenantId: work.tenantId, url, types, includeText, mayReadTexts: true };
        return formatNewEndpoint(await createEndpoint(work, endpoint));
      });
    });
}

function addRotate(endpoints: Command): void {
  createEndpointCommand(endpoints, "rotate", "Gives an endpoint a new secret and shows it once.")
    .option(
      "--keep-previous <seconds>",
      "how long the previous secret signs too",
      createNumberParser(PREVIOUS_VALID_S),
      PREVIOUS_VALID_DEFAULT_S,
    )
    .action(async (id: string, options: TenantOptions & { keepPrevious: number }) => {
      await runForTenant(options, async (work) => {
        const key = { tenantId: work.tenantId, id };
        return formatRotatedSecret(await rotateSecret(work, { key, previousValidS: options.keepPrevious }));
      });
    });
}

function addTest(endpoints: Command): void {
  createEndpointCommand(endpoints, "test", "Sends a ping in the same way as every event.").action(
    async (id: string, options: TenantOptions) => {
      await runForTenant(options, async (work) => {
        const { eventId } = await testEndpoint(work, { tenantId: work.tenantId, id });
        return { event_id: eventId };
      });
    },
  );
}

function addResendFailed(endpoints: Command): void {
  createEndpointCommand(endpoints, "resend-failed", "Sends the events again that it did not accept.")
    .option("--since <timestamp>", "only those that failed at this time or later", parseTimestamp)
    .action(async (id: string, { since = new Date(0), ...options }: TenantOptions & { since?: Date }) => {
      await runForTenant(options, async (work) => {
        return await resendFailedEvents(work, { key: { tenantId: work.tenantId, id }, since });
      });
    });
}

function createEndpointCommand(endpoints: Command, name: string, description: string): Command {
  return createTenantCommand(endpoints, name, description, [`endpoints ${name} ${EXAMPLE}`]).argument(
    "<id>",
    "the endpoint's",
    parseUuid,
  );
}
