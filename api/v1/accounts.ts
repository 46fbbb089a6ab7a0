import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { firstSecrets } from "../../db/account-secrets.ts";
import {
  addAccount,
  changeAccount,
  findTenantAccount,
  listTenantAccounts,
} from "../../db/tenant-accounts.ts";
import type { TenantAccount } from "../../db/tenant-accounts.ts";
import { identityRule, secretsRule } from "../../infra/runtime/account-rules.ts";
import { changeSettings } from "../../infra/runtime/account-settings.ts";
import { CHANNEL } from "../../infra/runtime/field-rules.ts";
import { Problem } from "../problem.ts";
import {
  ACCOUNT,
  ACCOUNT_EXAMPLE,
  ACCOUNT_PARAMS,
  accountKey,
  createShowAccount,
  NEW_ACCOUNT,
  NEW_ACCOUNT_EXAMPLE,
} from "./account-schema.ts";
import { addRoute } from "./add-route.ts";
import { egressUrl } from "./egress-url.ts";
import { pageBody, pageQuery, pageRequest, pageSchema } from "./cursor.ts";
import { parsePart } from "./parse-request.ts";
import type { V1Dependencies } from "./v1-dependencies.ts";

const ANSWER = {
  status: 200,
  description: "The account",
  schema: ACCOUNT,
  example: ACCOUNT_EXAMPLE,
} as const;

/** The channel whose sender is an address that we call. */
const CALLED = "webhook";

/** `/v1/accounts`: the tenant's senders, each on one channel. */
export function registerAccounts(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault, channels, egress } = dependencies;
  const show = createShowAccount(dependencies);
  const shown = (account: TenantAccount | null) => show(foundAccount(account));
  const givenIdentity = (channel: string) => {
    const rule = identityRule(channel);
    return channel === CALLED ? rule.extend({ sender: egressUrl(egress) }) : rule;
  };

  addRoute(app, dependencies, {
    method: "GET",
    path: "/accounts",
    operationId: "listAccounts",
    summary: "The tenant's channel accounts, newest first",
    tag: "accounts",
    access: "accounts:read",
    query: z.object({ ...pageQuery(z.string().regex(/^[\w.:/-]{1,200}$/)), channel: CHANNEL.optional() }),
    answer: {
      status: 200,
      description: "A page of accounts",
      schema: pageSchema(ACCOUNT),
      example: { data: [ACCOUNT_EXAMPLE], next_cursor: null },
    },
    handle: async ({ tenantId, query }) =>
      pageBody(
        await listTenantAccounts(db, vault, { tenantId, channel: query.channel }, pageRequest(query)),
        show,
      ),
  });

  addRoute(app, dependencies, {
    method: "POST",
    path: "/accounts",
    operationId: "createAccount",
    summary: "Adds a channel account",
    description:
      "What sender, external_id and secrets have to be depends on the channel; what is wrong is named field by field.",
    tag: "accounts",
    access: "accounts:write",
    body: NEW_ACCOUNT,
    bodyExample: NEW_ACCOUNT_EXAMPLE,
    answer: { ...ANSWER, status: 201 },
    async handle({ tenantId, body }) {
      const { channel } = body;
      parsePart(
        "body",
        z.object({ channel: z.enum(channels, `must be one of ${channels.join(", ")}`) }),
        body,
      );
      const rule = givenIdentity(channel).extend({ secrets: secretsRule(channel) });
      const { sender, external_id: externalId, secrets } = parsePart("body", rule, body);
      const added = await addAccount(db, vault, {
        tenantId,
        channel,
        sender,
        externalId,
        secrets: firstSecrets(secrets),
        settings: changeSettings({}, body.settings),
      });
      return show(added);
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
    answer: ANSWER,
    handle: async ({ tenantId, params }) =>
      shown(await findTenantAccount(db, vault, accountKey(tenantId, params))),
  });

  addRoute(app, dependencies, {
    method: "PATCH",
    path: "/accounts/:channel/:account_id",
    operationId: "updateAccount",
    summary: "Changes sender, external id or settings of a channel account",
    description: "A setting that is null is taken away, one that is left out stays.",
    tag: "accounts",
    access: "accounts:write",
    params: ACCOUNT_PARAMS,
    body: z.strictObject({
      sender: NEW_ACCOUNT.shape.sender.optional(),
      external_id: NEW_ACCOUNT.shape.external_id.unwrap().optional(),
      settings: NEW_ACCOUNT.shape.settings,
    }),
    bodyExample: { settings: { quiet_window_ms: 1_000 } },
    answer: ANSWER,
    async handle({ tenantId, params, body }) {
      const change = (now: TenantAccount) => {
        const asked = { sender: now.sender, external_id: now.externalId, ...body };
        // What the environment said of an account is whoever runs the installation's; only what is given here is looked at.
        const rule = body.sender === undefined ? identityRule : givenIdentity;
        const { sender, external_id: externalId } = parsePart("body", rule(now.channel), asked);
        return { sender, externalId, settings: changeSettings(now.settings, body.settings) };
      };
      return shown(await changeAccount(db, vault, accountKey(tenantId, params), change));
    },
  });
}

export function foundAccount(account: TenantAccount | null): TenantAccount {
  if (account === null) throw new Problem("not_found", "The tenant has no such channel account.");
  return account;
}
