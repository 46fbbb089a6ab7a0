import { type Command, Option } from "commander";
import {
  dropPreviousSecrets,
  type EndpointKey,
  rotateEndpointSecret,
} from "../../../db/events/endpoint-secrets.ts";
import { resendFailed } from "../../../db/events/event-deliveries.ts";
import {
  createEventEndpoint,
  deleteEventEndpoint,
  disableEventEndpoint,
  enableEventEndpoint,
  type EventEndpoint,
  findEventEndpoint,
  listEventEndpoints,
  MAX_ENDPOINTS,
  pingEventEndpoint,
} from "../../../db/events/event-endpoints.ts";
import { EVENT_TYPES, type EventType } from "../../../db/events/outgoing-events.ts";
import { UserError } from "../../runtime/errors.ts";
import { checkUrl } from "../../runtime/network/egress-guard.ts";
import { parseUuid, parseWholeNumber } from "../options/argument-parsers.ts";
import {
  requireFound,
  runForTenant,
  createTenantCommand,
  type TenantOptions,
  type TenantContext,
} from "../tenant-command.ts";

type EndpointContext = TenantContext & { key: EndpointKey };

interface NewEndpointOptions {
  types?: EventType[];
  includeText: boolean;
}

const DAY_S = 86_400;
const NONE = "The tenant has no such endpoint.";

/** Where a tenant's events go. */
export function addEndpointCommands(program: Command): void {
  const endpoints = program
    .command("endpoints")
    .description("Where a tenant's own systems are told what happens.");
  addListAndCreate(endpoints);
  addSecretCommands(endpoints);
  for (const [name, description, act] of ACTIONS) {
    createTenantCommand(endpoints, name, description)
      .argument("<id>", "the endpoint's", parseUuid)
      .action(async (id: string, options: TenantOptions) => {
        await runForTenant(
          options,
          async (work) => await act({ ...work, key: { tenantId: work.tenantId, id } }),
        );
      });
  }
}

function addListAndCreate(endpoints: Command): void {
  createTenantCommand(endpoints, "list", "All endpoints of the tenant.").action(
    async (options: TenantOptions) => {
      await runForTenant(options, async ({ db, tenantId }) => {
        const { rows } = await listEventEndpoints(db, tenantId, { limit: MAX_ENDPOINTS, keysetBefore: null });
        return { endpoints: rows.map(formatEndpoint) };
      });
    },
  );
  createTenantCommand(endpoints, "create <url>", "Adds an endpoint and shows its secret, once.")
    .addOption(
      new Option("--types <type...>", "what it is told; everything where it is left out").choices(
        EVENT_TYPES,
      ),
    )
    .option("--include-text", "send along what was said", false)
    .action(
      async (url: string, { types = [], includeText, ...options }: TenantOptions & NewEndpointOptions) => {
        await runForTenant(options, async ({ db, tenantId, config, vault }) => {
          checkUrl(url, { allowHttp: config.EGRESS_ALLOW_HTTP, allowedHosts: config.EGRESS_ALLOW_HOSTS });
          const made = await createEventEndpoint(db, vault, { tenantId, url, types, includeText });
          if (made === null)
            throw new UserError(`A tenant may have ${MAX_ENDPOINTS} endpoints: delete one first.`);
          return { ...formatEndpoint(made), secret: made.secret };
        });
      },
    );
}

function addSecretCommands(endpoints: Command): void {
  createTenantCommand(endpoints, "rotate", "Gives an endpoint a new secret and shows it, once.")
    .argument("<id>", "the endpoint's", parseUuid)
    .option("--keep-previous <seconds>", "for how long the one before signs too", parseWholeNumber, DAY_S)
    .action(async (id: string, { keepPrevious, ...options }: TenantOptions & { keepPrevious: number }) => {
      await runForTenant(options, async ({ db, tenantId, vault }) => {
        const now = new Date();
        const previousUntil = new Date(now.getTime() + keepPrevious * 1_000);
        const key = { tenantId, id };
        const made = requireFound(await rotateEndpointSecret(db, vault, key, { now, previousUntil }), NONE);
        return { id, secret: made.secret, previous_valid_until: made.previousUntil };
      });
    });
}

/** What is done to an endpoint that is there, and what is shown of it afterwards. */
const ACTIONS: readonly [
  name: string,
  description: string,
  act: (work: EndpointContext) => Promise<object>,
][] = [
  [
    "drop-previous",
    "Ends the change of secrets: only the current one signs.",
    async ({ db, vault, key }) => {
      await dropPreviousSecrets(db, vault, key);
      return formatEndpoint(requireFound(await findEventEndpoint(db, key), NONE));
    },
  ],
  [
    "enable",
    "Switches an endpoint on again.",
    async ({ db, key }) => formatEndpoint(requireFound(await enableEventEndpoint(db, key), NONE)),
  ],
  [
    "disable",
    "Switches an endpoint off; what waits for it ends.",
    async ({ db, key }) =>
      formatEndpoint(requireFound(await disableEventEndpoint(db, key, "operator"), NONE)),
  ],
  [
    "delete",
    "Removes an endpoint with what it was sent.",
    async ({ db, key }) => formatEndpoint(requireFound(await deleteEventEndpoint(db, key), NONE)),
  ],
  [
    "test",
    "Sends a ping, on the way that all events go.",
    async ({ db, key }) => {
      requireEnabled(requireFound(await findEventEndpoint(db, key), NONE));
      return { event_id: requireFound(await pingEventEndpoint(db, key), NONE).eventId };
    },
  ],
  [
    "resend-failed",
    "Sends again all that it did not take.",
    async ({ db, key }) => {
      requireEnabled(requireFound(await findEventEndpoint(db, key), NONE));
      return { queued: await resendFailed(db, { endpointId: key.id, since: new Date(0) }) };
    },
  ],
];

function requireEnabled({ disabledAt }: EventEndpoint): void {
  if (disabledAt !== null) throw new UserError("The endpoint is off: enable it first.");
}

function formatEndpoint(endpoint: EventEndpoint) {
  return {
    id: endpoint.id,
    url: endpoint.url,
    types: endpoint.types,
    include_text: endpoint.includeText,
    disabled_at: endpoint.disabledAt,
    disabled_reason: endpoint.disabledReason,
    failing_since: endpoint.failingSince,
    created_at: endpoint.createdAt,
  };
}
