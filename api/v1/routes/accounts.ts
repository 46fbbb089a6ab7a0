import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { createSecrets } from "../../../db/tenants/account-secrets.ts";
import {
  addAccount,
  changeAccount,
  findTenantAccount,
  listTenantAccounts,
} from "../../../db/tenants/tenant-accounts.ts";
import type { TenantAccount } from "../../../db/tenants/tenant-accounts.ts";
import { identityRule, secretsRule } from "../../../infra/channels/account-rules.ts";
import { findChannel } from "../../../infra/channels/registry.ts";
import { changeSettings } from "../../../infra/channels/account-settings.ts";
import { CHANNEL } from "../../../infra/runtime/config/field-rules.ts";
import { Problem } from "../../problem.ts";
import {
  ACCOUNT,
  ACCOUNT_EXAMPLE,
  ACCOUNT_PARAMS,
  accountKey,
  createFormatAccount,
  NEW_ACCOUNT,
  NEW_ACCOUNT_EXAMPLE,
} from "../../views/account.ts";
import { addRoute } from "../http/add-route.ts";
import { egressUrl } from "../../views/egress-url.ts";
import { formatPage, pageQuery, pageRequest, pageSchema } from "../http/page-cursor.ts";
import { parseInput } from "../../parse-request.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const RESPONSE = {
  status: 200,
  description: "The account",
  schema: ACCOUNT,
  example: ACCOUNT_EXAMPLE,
} as const;

/** `/v1/accounts`: the tenant's account addresses, each on one channel. */
export function registerAccounts(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault, channels, egress } = dependencies;
  const format = createFormatAccount(dependencies);
  const formatFound = (account: TenantAccount | null) => format(requireAccount(account));
  const inputRule = (channel: string) => {
    const rule = identityRule(channel);
    return findChannel(channel)?.account.addressIsReplyUrl === true
      ? rule.extend({ address: egressUrl(egress) })
      : rule;
  };

  addRoute(app, dependencies, {
    method: "GET",
    path: "/accounts",
    operationId: "listAccounts",
    summary: "The tenant's channel accounts, newest first",
    tag: "accounts",
    access: "accounts:read",
    query: z.object({ ...pageQuery(z.string().regex(/^[\w.:/-]{1,200}$/)), channel: CHANNEL.optional() }),
    response: {
      status: 200,
      description: "A page of accounts",
      schema: pageSchema(ACCOUNT),
      example: { data: [ACCOUNT_EXAMPLE], next_cursor: null },
    },
    handle: async ({ tenantId, query }) =>
      formatPage(
        await listTenantAccounts(db, vault, { tenantId, channel: query.channel }, pageRequest(query)),
        format,
      ),
  });

  addRoute(app, dependencies, {
    method: "POST",
    path: "/accounts",
    operationId: "createAccount",
    summary: "Adds a channel account",
    description:
      "What address, external_id and secrets have to be depends on the channel; what is wrong is named field by field.",
    tag: "accounts",
    access: "accounts:write",
    body: NEW_ACCOUNT,
    bodyExample: NEW_ACCOUNT_EXAMPLE,
    response: { ...RESPONSE, status: 201 },
    async handle({ tenantId, body }) {
      const { channel } = body;
      parseInput(
        "body",
        z.object({ channel: z.enum(channels, `must be one of ${channels.join(", ")}`) }),
        body,
      );
      const rule = inputRule(channel).extend({ secrets: secretsRule(channel) });
      const { address, external_id: externalId, secrets } = parseInput("body", rule, body);
      const added = await addAccount(db, vault, {
        tenantId,
        channel,
        address,
        externalId,
        secrets: createSecrets(secrets),
        settings: changeSettings({}, body.settings),
      });
      return format(added);
    },
  });

  addRoute(app, dependencies, {
    method: "GET",
    path: "/accounts/:channel/:account_id",
    operationId: "getAccount",
    summary: "One channel account",
    tag: "accounts",
    access: "accounts:read",
    params: ACCOUNT_PARAMS,
    response: RESPONSE,
    handle: async ({ tenantId, params }) =>
      formatFound(await findTenantAccount(db, vault, accountKey(tenantId, params))),
  });

  addRoute(app, dependencies, {
    method: "PATCH",
    path: "/accounts/:channel/:account_id",
    operationId: "updateAccount",
    summary: "Changes address, external id or settings of a channel account",
    description: "A setting that is null is taken away, one that is left out stays.",
    tag: "accounts",
    access: "accounts:write",
    params: ACCOUNT_PARAMS,
    body: z.strictObject({
      address: NEW_ACCOUNT.shape.address.optional(),
      external_id: NEW_ACCOUNT.shape.external_id.unwrap().optional(),
      settings: NEW_ACCOUNT.shape.settings,
    }),
    bodyExample: { settings: { quiet_window_ms: 1_000 } },
    response: RESPONSE,
    async handle({ tenantId, params, body }) {
      const change = (now: TenantAccount) => {
        const asked = { address: now.address, external_id: now.externalId, ...body };
        // What the environment said of an account is whoever runs the installation's; only what is given here is looked at.
        const rule = body.address === undefined ? identityRule : inputRule;
        const { address, external_id: externalId } = parseInput("body", rule(now.channel), asked);
        return { address, externalId, settings: changeSettings(now.settings, body.settings) };
      };
      return formatFound(await changeAccount(db, vault, accountKey(tenantId, params), change));
    },
  });
}

export function requireAccount(account: TenantAccount | null): TenantAccount {
  if (account === null) throw new Problem("not_found", "The tenant has no such channel account.");
  return account;
}
