import { type Command, Option } from "commander";
import {
  type ApiKey,
  createApiKey,
  listApiKeys,
  revokeApiKey,
  type Scope,
  SCOPES,
} from "../../../db/tenants/api-keys.ts";
import { KEY_NAME } from "../../runtime/config/field-rules.ts";
import { createArgumentParser, parseUuid } from "../options/argument-parsers.ts";
import {
  describePage,
  formatPage,
  addPageOptions,
  type PageOptions,
  toPageRequest,
} from "../options/page-options.ts";
import { requireFound, runForTenant, createTenantCommand, type TenantOptions } from "../tenant-command.ts";

const ALL = "all";
const COLUMNS = ["id", "name", "last_used_at", "revoked_at", "scopes"];

/** Keys of the REST API. */
export function addKeyCommands(program: Command): void {
  const keys = program.command("keys").description("A tenant's keys for the REST API.");

  addPageOptions(
    createTenantCommand(
      keys,
      "list",
      "The tenant's keys without the keys themselves, newest first, revoked ones too.",
      ["keys list", "keys list --tenant acme --json"],
    ),
  ).action(async (options: TenantOptions & PageOptions) => {
    await runForTenant(
      options,
      async ({ db, tenantId }) =>
        formatPage("keys", await listApiKeys(db, tenantId, toPageRequest(options)), formatApiKey),
      describePage("keys", COLUMNS),
    );
  });

  createTenantCommand(keys, "create", "Makes a key and shows it, once.", [
    "keys create crm --scopes contacts:read conversations:read",
    "keys create admin --tenant acme --scopes all",
  ])
    .argument("<name>", "what it is for", createArgumentParser(KEY_NAME))
    .addOption(
      new Option("--scopes <scope...>", "what it may do").choices([...SCOPES, ALL]).makeOptionMandatory(),
    )
    .action(
      async (name: string, { scopes, ...options }: TenantOptions & { scopes: (Scope | typeof ALL)[] }) => {
        await runForTenant(options, async ({ db, vault, tenantId }) => {
          const chosen = SCOPES.filter((scope) => scopes.includes(scope) || scopes.includes(ALL));
          const made = await createApiKey(db, vault, { tenantId, name, scopes: chosen });
          return { ...formatApiKey(made), key: made.key };
        });
      },
    );

  createTenantCommand(keys, "revoke", "Ends a key; it stops working within 10 seconds everywhere.", [
    "keys revoke 0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11",
  ])
    .argument("<id>", "the key's", parseUuid)
    .action(async (id: string, options: TenantOptions) => {
      await runForTenant(options, async ({ db, tenantId }) =>
        formatApiKey(
          requireFound(
            await revokeApiKey(db, tenantId, id),
            "The tenant has no such key: `parley keys list` shows those it has.",
          ),
        ),
      );
    });
}

function formatApiKey(key: ApiKey) {
  return {
    id: key.id,
    tenant_id: key.tenantId,
    name: key.name,
    scopes: key.scopes,
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt,
    revoked_at: key.revokedAt,
  };
}
