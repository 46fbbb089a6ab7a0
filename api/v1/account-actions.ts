import type { FastifyInstance } from "fastify";
import { currentSecrets, rotatedSecrets } from "../../db/account-secrets.ts";
import { setAccountPaused } from "../../db/holds.ts";
import { changeAccount, findTenantAccount, type TenantAccount } from "../../db/tenant-accounts.ts";
import { secretsRule } from "../../infra/runtime/account-rules.ts";
import {
  ACCOUNT,
  ACCOUNT_EXAMPLE,
  ACCOUNT_PARAMS,
  accountKey,
  createShowAccount,
  NEW_SECRETS,
} from "./account-schema.ts";
import { foundAccount } from "./accounts.ts";
import { addRoute } from "./add-route.ts";
import { parsePart } from "./parse-request.ts";
import type { V1Dependencies } from "./v1-dependencies.ts";

const common = {
  method: "POST",
  tag: "accounts",
  access: "accounts:write",
  params: ACCOUNT_PARAMS,
  answer: { status: 200, description: "The account", schema: ACCOUNT, example: ACCOUNT_EXAMPLE },
} as const;

/** What is done to a channel account: its secrets changed over, its sends stopped and allowed again. */
export function registerAccountActions(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault } = dependencies;
  const show = createShowAccount(dependencies);
  const shown = (account: TenantAccount | null) => show(foundAccount(account));

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
        const given = parsePart("body", secretsRule(channel).partial(), body) as typeof body;
        return { secrets: rotatedSecrets(secrets, given) };
      };
      return shown(await changeAccount(db, vault, accountKey(tenantId, params), change));
    },
  });

  addRoute(app, dependencies, {
    ...common,
    path: "/accounts/:channel/:account_id/secrets/drop-previous",
    operationId: "dropPreviousAccountSecrets",
    summary: "Ends the change of secrets: only the current ones are accepted",
    async handle({ tenantId, params }) {
      const change = ({ secrets }: TenantAccount) => ({ secrets: currentSecrets(secrets) });
      return shown(await changeAccount(db, vault, accountKey(tenantId, params), change));
    },
  });

  for (const [word, disabled] of [["disable", true] as const, ["enable", false] as const]) {
    addRoute(app, dependencies, {
      ...common,
      path: `/accounts/:channel/:account_id/${word}`,
      operationId: `${word}Account`,
      summary: disabled
        ? "Ends the use of an account: what would be sent is refused"
        : "Takes an account into use again",
      handle: async ({ tenantId, params }) =>
        shown(
          await changeAccount(db, vault, accountKey(tenantId, params), ({ disabledAt }) => ({
            disabledAt: disabled ? (disabledAt ?? new Date()) : null,
          })),
        ),
    });
  }

  for (const [word, paused] of [["pause", true] as const, ["resume", false] as const]) {
    addRoute(app, dependencies, {
      ...common,
      path: `/accounts/:channel/:account_id/${word}`,
      operationId: `${word}Account`,
      summary: paused ? "Nothing is sent from here for a while" : "Ends an account's pause",
      async handle({ tenantId, params }) {
        const key = accountKey(tenantId, params);
        foundAccount(await findTenantAccount(db, vault, key));
        await setAccountPaused(db, key, paused);
        return shown(await findTenantAccount(db, vault, key));
      },
    });
  }
}
