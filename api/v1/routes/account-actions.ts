import type { FastifyInstance } from "fastify";
import { keepCurrentSecrets, rotateSecrets } from "../../../db/tenants/account-secrets.ts";
import { setAccountPaused } from "../../../db/conversations/takeover.ts";
import { changeAccount, findTenantAccount, type TenantAccount } from "../../../db/tenants/tenant-accounts.ts";
import { secretsRule } from "../../../infra/channels/account-rules.ts";
import {
  ACCOUNT,
  ACCOUNT_EXAMPLE,
  ACCOUNT_PARAMS,
  accountKey,
  createFormatAccount,
  NEW_SECRETS,
} from "../../views/account.ts";
import { requireAccount } from "./accounts.ts";
import { addRoute } from "../http/add-route.ts";
import { parseInput } from "../../parse-request.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const common = {
  method: "POST",
  tag: "accounts",
  access: "accounts:write",
  params: ACCOUNT_PARAMS,
  response: { status: 200, description: "The account", schema: ACCOUNT, example: ACCOUNT_EXAMPLE },
} as const;

/** What is done to a channel account: its secrets changed over, its sends stopped and allowed again. */
export function registerAccountActions(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault } = dependencies;
  const format = createFormatAccount(dependencies);
  const formatFound = (account: TenantAccount | null) => format(requireAccount(account));

  addRoute(app, dependencies, {
    ...common,
    path: "/accounts/:channel/:account_id/secrets/rotate",
    operationId: "rotateAccountSecrets",
    summary: "Gives an account new secrets and keeps the ones before",
    description:
      "Both are accepted until the previous ones are dropped. Every process knows the new ones after 10 seconds: change them at the vendor then.",
    body: NEW_SECRETS,
    bodyExample: { inbound: "the new auth token", outbound: "the new auth token" },
    async handle({ tenantId, params, body }) {
      const change = ({ channel, secrets }: TenantAccount) => {
        const given = parseInput("body", secretsRule(channel).partial(), body) as typeof body;
        return { secrets: rotateSecrets(secrets, given) };
      };
      return formatFound(await changeAccount(db, vault, accountKey(tenantId, params), change));
    },
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/accounts/:channel/:account_id/secrets/drop-previous",
    operationId: "dropPreviousAccountSecrets",
    summary: "Ends the change of secrets: only the current ones are accepted",
    async handle({ tenantId, params }) {
      const change = ({ secrets }: TenantAccount) => ({ secrets: keepCurrentSecrets(secrets) });
      return formatFound(await changeAccount(db, vault, accountKey(tenantId, params), change));
    },
  });

  for (const [action, disabled] of [["disable", true] as const, ["enable", false] as const]) {
    addRoute(app, dependencies, {
      ...common,
      path: `/accounts/:channel/:account_id/${action}`,
      operationId: `${action}Account`,
      summary: disabled
        ? "Ends the use of an account: what would be sent is refused"
        : "Takes an account into use again",
      handle: async ({ tenantId, params }) =>
        formatFound(
          await changeAccount(db, vault, accountKey(tenantId, params), ({ disabledAt }) => ({
            disabledAt: disabled ? (disabledAt ?? new Date()) : null,
          })),
        ),
    });
  }

  for (const [action, paused] of [["pause", true] as const, ["resume", false] as const]) {
    addRoute(app, dependencies, {
      ...common,
      path: `/accounts/:channel/:account_id/${action}`,
      operationId: `${action}Account`,
      summary: paused ? "Nothing is sent from here for a while" : "Ends an account's pause",
      async handle({ tenantId, params }) {
        const key = accountKey(tenantId, params);
        requireAccount(await findTenantAccount(db, vault, key));
        await setAccountPaused(db, key, paused);
        return formatFound(await findTenantAccount(db, vault, key));
      },
    });
  }
}
