import { type Command, Option } from "commander";
import { setTenantPaused } from "../../../db/conversations/takeover.ts";
import {
  createTenant,
  findTenantRow,
  listTenants,
  type TenantChange,
  type TenantRow,
  updateTenant,
} from "../../../db/tenants/tenants.ts";
import { UserError } from "../../runtime/errors.ts";
import { BUSINESS_NAME, DAILY_BUDGET, SUPERSEDE, TENANT_ID } from "../../runtime/config/field-rules.ts";
import { createArgumentParser, createNumberParser } from "../options/argument-parsers.ts";
import { UsageError } from "../usage-error.ts";
import {
  describePage,
  formatPage,
  addPageOptions,
  type PageOptions,
  toPageRequest,
} from "../options/page-options.ts";
import { addCommand, type CommandOptions, runCommand } from "../run-command.ts";
import { requireFound, runForTenant, createTenantCommand, type TenantOptions } from "../tenant-command.ts";

interface ChangeOptions {
  name?: string;
  dailyBudgetUsd?: number;
  supersede?: TenantRow["supersede"];
}

const DEFAULT_BUDGET_USD = 50;
const COLUMNS = ["id", "business_name", "daily_budget_usd", "supersede", "paused_at"];

/** The businesses in whose names messages are answered. */
export function addTenantCommands(program: Command): void {
  const tenants = program
    .command("tenants")
    .description("The businesses in whose names messages are answered.");
  addList(tenants);
  addCreate(tenants);
  addUpdate(tenants);

  createTenantIdCommand(tenants, "show", "One tenant.", ["tenants show acme", "tenants show --json"]).action(
    async (id: string | undefined, options: TenantOptions) => {
      await runForTenant(withTenantId(options, id), async ({ db, tenantId }) =>
        formatFoundTenant(await findTenantRow(db, tenantId)),
      );
    },
  );
  for (const [name, description, paused] of [
    ["pause", "Nothing is sent in the tenant's name any more; what comes in is kept.", true],
    ["resume", "Ends a tenant's pause.", false],
  ] as const) {
    createTenantIdCommand(tenants, name, description, [`tenants ${name} acme`]).action(
      async (id: string | undefined, options: TenantOptions) => {
        await runForTenant(withTenantId(options, id), async ({ db, tenantId }) => {
          await setTenantPaused(db, tenantId, paused);
          return formatFoundTenant(await findTenantRow(db, tenantId));
        });
      },
    );
  }
}

function addList(tenants: Command): void {
  const list = addCommand(tenants, {
    name: "list",
    description: "All tenants, newest first.",
    examples: ["tenants list", "tenants list --limit 100 --json"],
  });
  addPageOptions(list, /^[\w-]{1,64}$/).action(async (options: CommandOptions & PageOptions) => {
    await runCommand(options, {
      work: async ({ db }) =>
        formatPage("tenants", await listTenants(db, toPageRequest(options)), formatTenant),
      describe: describePage("tenants", COLUMNS),
    });
  });
}

function addCreate(tenants: Command): void {
  const create = addCommand(tenants, {
    name: "create",
    description: "Makes a tenant.",
    examples: [
      'tenants create acme --name "Acme Bikes"',
      'tenants create acme --name "Acme Bikes" --daily-budget-usd 20 --supersede regenerate',
    ],
  }).argument(
    "<id>",
    "what it is called from now on: letters, digits, _ and -",
    createArgumentParser(TENANT_ID),
  );
  addChangeOptions(
    create.requiredOption("--name <business>", "what people know it as", createArgumentParser(BUSINESS_NAME)),
  );
  create.action(async (id: string, options: CommandOptions & ChangeOptions & { name: string }) => {
    await runCommand(options, {
      work: async ({ db }) => {
        const { name: businessName, dailyBudgetUsd = DEFAULT_BUDGET_USD } = options;
        const made = await createTenant(db, { id, businessName, ...toTenantChange(options), dailyBudgetUsd });
        if (made === null) throw new UserError(`There is a tenant "${id}" already: give another id.`);
        return formatTenant(made);
      },
    });
  });
}

function addUpdate(tenants: Command): void {
  const update = createTenantIdCommand(
    tenants,
    "update",
    "Changes name, budget or supersede policy of a tenant.",
    ["tenants update acme --daily-budget-usd 20", 'tenants update acme --name "Acme Bikes & Co"'],
  ).option("--name <business>", "what people know it as", createArgumentParser(BUSINESS_NAME));
  addChangeOptions(update).action(async (id: string | undefined, options: TenantOptions & ChangeOptions) => {
    await runForTenant(withTenantId(options, id), async ({ db, tenantId }) => {
      const change = toTenantChange(options);
      if (Object.keys(change).length === 0)
        throw new UsageError([
          {
            field: "--name, --daily-budget-usd or --supersede",
            message: "is needed: there is nothing to change",
          },
        ]);
      return formatFoundTenant(await updateTenant(db, tenantId, change));
    });
  });
}

function addChangeOptions(command: Command): Command {
  return command
    .option(
      "--daily-budget-usd <usd>",
      "money for models in a day; fixed texts answer when it is spent",
      createNumberParser(DAILY_BUDGET),
    )
    .addOption(
      new Option(
        "--supersede <policy>",
        "what becomes of a reply when a newer message comes in before it is sent",
      ).choices(SUPERSEDE.options),
    );
}

/** A tenant is named by an argument here; `--tenant` and PARLEY_TENANT do as they do everywhere. */
function createTenantIdCommand(
  parent: Command,
  name: string,
  description: string,
  examples: readonly string[],
): Command {
  return createTenantCommand(parent, name, description, examples).argument("[id]", "the tenant's");
}

function withTenantId<T extends TenantOptions>(options: T, id: string | undefined): T {
  return id === undefined ? options : { ...options, tenant: id };
}

function toTenantChange({ name, dailyBudgetUsd, supersede }: ChangeOptions): TenantChange {
  return {
    ...(name === undefined ? {} : { businessName: name }),
    ...(dailyBudgetUsd === undefined ? {} : { dailyBudgetUsd }),
    ...(supersede === undefined ? {} : { supersede }),
  };
}

function formatFoundTenant(row: TenantRow | null) {
  return formatTenant(requireFound(row, "The tenant is not there any more."));
}

function formatTenant(row: TenantRow) {
  return {
    id: row.id,
    business_name: row.businessName,
    daily_budget_usd: row.dailyBudgetUsd,
    supersede: row.supersede,
    paused_at: row.pausedAt,
    created_at: row.createdAt,
  };
}
