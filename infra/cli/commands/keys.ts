import { type Command, Option } from "commander";
import { createKey, listKeys, revokeKey } from "../../../api/operations/keys.ts";
import { formatKey, formatNewKey } from "../../../api/views/key.ts";
import { formatPage } from "../../../api/views/page.ts";
import { type Scope, SCOPES } from "../../../db/tenants/api-keys.ts";
import { KEY_NAME } from "../../runtime/config/field-rules.ts";
import { createArgumentParser, parseDuration, parseUuid } from "../options/argument-parsers.ts";
import { addPageOptions, describePage, type PageOptions, toPageRequest } from "../options/page-options.ts";
import { createTenantCommand, runForTenant, type TenantOptions } from "../tenant-command.ts";

const ALL = "all";
const COLUMNS = ["id", "name", "last_used_at", "expires_at", "revoked_at", "scopes"];

/** Keys of the REST API. */
export function addKeyCommands(program: Command): void {
  const keys = program.command("keys").description("A tenant's keys for the REST API.");
  addList(keys);
  addCreate(keys);

  createTenantCommand(keys, "revoke", "Revokes a key. Every process stops accepting it within 10 seconds.", [
    "keys revoke 0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11",
  ])
    .argument("<id>", "the key's", parseUuid)
    .action(async (id: string, options: TenantOptions) => {
      await runForTenant(options, async (work) =>
        formatKey(await revokeKey(work, { tenantId: work.tenantId, id })),
      );
    });
}

function addList(keys: Command): void {
  const list = createTenantCommand(
    keys,
    "list",
    "The tenant's keys, newest first, with revoked keys. It never shows the keys themselves.",
    ["keys list", "keys list --tenant acme --json"],
  );
  addPageOptions(list).action(async (options: TenantOptions & PageOptions) => {
    await runForTenant(
      options,
      async (work) => {
        const input = { tenantId: work.tenantId, page: toPageRequest(options) };
        return formatPage(await listKeys(work, input), formatKey);
      },
      describePage(COLUMNS),
    );
  });
}

function addCreate(keys: Command): void {
  createTenantCommand(keys, "create", "Creates a key and shows it once.", [
    "keys create crm --scopes contacts:read conversations:read",
    "keys create admin --tenant acme --scopes all",
    "keys create import --scopes contacts:write --expires-in 30d",
  ])
    .argument("<name>", "the system that uses it", createArgumentParser(KEY_NAME))
    .addOption(
      new Option("--scopes <scope...>", "what it may do").choices([...SCOPES, ALL]).makeOptionMandatory(),
    )
    .option("--expires-in <duration>", "such as 12h or 30d; default: it has no end", parseDuration)
    .action(
      async (
        name: string,
        {
          scopes,
          expiresIn,
          ...options
        }: TenantOptions & { scopes: (Scope | typeof ALL)[]; expiresIn?: number },
      ) => {
        const expiresAt = expiresIn === undefined ? null : new Date(Date.now() + expiresIn);
        await runForTenant(options, async (work) => {
          const chosen = SCOPES.filter((scope) => scopes.includes(scope) || scopes.includes(ALL));
          const key = { tenantId: work.tenantId, name, scopes: chosen, expiresAt, grantedBy: null };
          return formatNewKey(await createKey(work, key));
        });
      },
    );
}
