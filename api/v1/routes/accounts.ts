import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { SETTINGS_CHANGE } from "../../../infra/channels/account-settings.ts";
import { ACCOUNT_ID, CHANNEL, text } from "../../../infra/runtime/config/field-rules.ts";
import {
  createAccount,
  disableAccount,
  dropPreviousAccountSecrets,
  enableAccount,
  getAccount,
  listAccounts,
  pauseAccount,
  resumeAccount,
  rotateAccountSecrets,
  updateAccount,
} from "../../operations/accounts.ts";
import {
  ACCOUNT,
  ACCOUNT_CURSOR_ID,
  CHANGED_ACCOUNT,
  createFormatAccount,
  createFormatChangedAccount,
} from "../../views/account.ts";
import { formatPage, pageView } from "../../views/page.ts";
import { addRoute } from "../http/add-route.ts";
import { requireTextAccess } from "../http/require-text-access.ts";
import { pageQuery, pageRequest } from "../http/page-query.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const PARAMS = z.object({ channel: CHANNEL, account_id: ACCOUNT_ID });
const SECRET = z.string().meta({ description: "No response contains it." });
const SECRETS = z.strictObject({
  inbound: SECRET.optional(),
  outbound: SECRET.optional(),
  handshake: SECRET.optional(),
});
const CREATE = z.strictObject({
  channel: text(64),
  address: text(2_000).meta({
    description: "A number, a bot's id or the URL that receives replies, depending on the channel.",
  }),
  external_id: text(200)
    .nullable()
    .default(null)
    .meta({ description: "The vendor's id. Inbound events must contain it." }),
  secrets: SECRETS.default({}),
  settings: SETTINGS_CHANGE.optional(),
});
const CHANGE = z.strictObject({
  address: CREATE.shape.address.optional(),
  external_id: CREATE.shape.external_id.unwrap().optional(),
  settings: CREATE.shape.settings,
});

const changed = {
  status: 200,
  description: "The account, and the effect of the change",
  ...CHANGED_ACCOUNT,
} as const;
const response = { status: 200, description: "The account", ...ACCOUNT } as const;
const readable = { method: "GET", tag: "accounts", access: "accounts:read" } as const;
const writable = { tag: "accounts", access: "accounts:write" } as const;

/** `/v1/accounts`: the tenant's channel accounts. */
export function registerAccounts(app: FastifyInstance, dependencies: V1Dependencies): void {
  const format = createFormatAccount(dependencies);

  addRoute(app, dependencies, {
    ...readable,
    path: "/accounts",
    operationId: "listAccounts",
    summary: "The tenant's channel accounts, newest first",
    query: z.object({ ...pageQuery(ACCOUNT_CURSOR_ID), channel: CHANNEL.optional() }),
    response: { status: 200, description: "A page of accounts", ...pageView(ACCOUNT) },
    async handle({ tenantId, query, context }) {
      const input = { tenantId, channel: query.channel, page: pageRequest(query) };
      return formatPage(await listAccounts(context, input), format);
    },
  });

  addRoute(app, dependencies, {
    ...writable,
    method: "POST",
    path: "/accounts",
    operationId: "createAccount",
    summary: "Creates a channel account",
    description:
      "The rules for address, external_id and secrets depend on the channel. The response names every field that is wrong.",
    body: CREATE,
    bodyExample: {
      channel: "twilio-sms",
      address: "+15550100200",
      external_id: "AC00000000000000000000000000000000",
      secrets: { inbound: "the account's auth token", outbound: "the account's auth token" },
    },
    response: { ...response, status: 201 },
    async handle({ tenantId, caller, body, context }) {
      requireTextAccess(caller);
      return format(await createAccount(context, { tenantId, ...body }));
    },
  });
}

/** `/v1/accounts/{channel}/{account_id}` */
export function registerAccount(app: FastifyInstance, dependencies: V1Dependencies): void {
  const format = createFormatAccount(dependencies);
  const formatChanged = createFormatChangedAccount(dependencies);
  const one = { path: "/accounts/:channel/:account_id", params: PARAMS, response } as const;

  addRoute(app, dependencies, {
    ...readable,
    ...one,
    operationId: "getAccount",
    summary: "One channel account",
    handle: async ({ tenantId, params, context }) =>
      format(await getAccount(context, toKey(tenantId, params))),
  });

  addRoute(app, dependencies, {
    ...writable,
    ...one,
    method: "PATCH",
    operationId: "updateAccount",
    summary: "Changes address, external id or settings of a channel account",
    description: "A setting that is null is removed. A field that is left out keeps its value.",
    body: CHANGE,
    bodyExample: { settings: { quiet_window_ms: 1_000 } },
    async handle({ tenantId, caller, params, body, context }) {
      if (body.address !== undefined || body.external_id !== undefined) requireTextAccess(caller);
      return format(await updateAccount(context, { key: toKey(tenantId, params), fields: body }));
    },
  });

  addRoute(app, dependencies, {
    ...writable,
    ...one,
    method: "POST",
    path: `${one.path}/secrets/rotate`,
    response: changed,
    problems: ["secrets_unreadable"],
    // The change has to be committed before its effect can be awaited. The same secrets change nothing.
    isRepeatable: true,
    operationId: "rotateAccountSecrets",
    summary: "Gives an account new secrets and keeps the previous ones",
    description:
      "Both are accepted until the previous ones are dropped. Change them at the vendor when `effect` is in_effect; while it is pending, send the same request again to ask.",
    body: SECRETS,
    bodyExample: { inbound: "the new auth token", outbound: "the new auth token" },
    async handle({ tenantId, caller, params, body, context }) {
      requireTextAccess(caller);
      const key = toKey(tenantId, params);
      return formatChanged(await rotateAccountSecrets(context, { key, secrets: body }));
    },
  });
}

const CHANGES = [
  [
    "secrets/drop-previous",
    "dropPreviousAccountSecrets",
    dropPreviousAccountSecrets,
    "Removes the previous secrets: only the current ones are accepted",
  ],
  ["disable", "disableAccount", disableAccount, "Disables an account: its sends are refused"],
  ["enable", "enableAccount", enableAccount, "Enables an account again"],
] as const;

const PAUSES = [
  ["pause", "pauseAccount", pauseAccount, "Stops all sends of the assistant from an account"],
  ["resume", "resumeAccount", resumeAccount, "Ends the pause of an account"],
] as const;

/** Operations on one account that have no body. */
export function registerAccountActions(app: FastifyInstance, dependencies: V1Dependencies): void {
  const format = createFormatAccount(dependencies);
  const formatChanged = createFormatChangedAccount(dependencies);
  const action = { ...writable, method: "POST", params: PARAMS, isRepeatable: true } as const;
  const pathOf = (name: string) => `/accounts/:channel/:account_id/${name}`;
  for (const [name, operationId, run, summary] of CHANGES) {
    addRoute(app, dependencies, {
      ...action,
      path: pathOf(name),
      operationId,
      summary,
      response: changed,
      problems: ["secrets_unreadable"],
      handle: async ({ tenantId, params, context }) =>
        formatChanged(await run(context, toKey(tenantId, params))),
    });
  }
  for (const [name, operationId, run, summary] of PAUSES) {
    addRoute(app, dependencies, {
      ...action,
      path: pathOf(name),
      operationId,
      summary,
      response,
      handle: async ({ tenantId, params, context }) => format(await run(context, toKey(tenantId, params))),
    });
  }
}

function toKey(tenantId: string, params: z.output<typeof PARAMS>) {
  return { tenantId, channel: params.channel, accountId: params.account_id };
}
