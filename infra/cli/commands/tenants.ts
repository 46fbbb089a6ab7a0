import { type Command, Option } from "commander";
import { z } from "zod";
import {
  createTenant,
  getTenant,
  listTenants,
  pauseTenant,
  resumeTenant,
  updateTenant,
} from "../../../api/operations/tenants.ts";
import { formatPage } from "../../../api/views/page.ts";
import { formatTenant } from "../../../api/views/tenant.ts";
import type { TenantChange } from "../../../db/tenants/tenants.ts";
import {
  ALLOWED_LINKS,
  PHONE_REGION,
  BUDGET_SHARE,
  BUSINESS_NAME,
  DAILY_BUDGET,
  SUPERSEDE,
  TENANT_ID,
} from "../../runtime/config/field-rules.ts";
import { createArgumentParser, createNumberParser } from "../options/argument-parsers.ts";
import { addPageOptions, describePage, type PageOptions, toPageRequest } from "../options/page-options.ts";
import { addCommand, type CommandOptions, runCommand } from "../run-command.ts";
import { createTenantCommand, runForTenant, type TenantOptions } from "../tenant-command.ts";
import { UsageError } from "../usage-error.ts";

interface ChangeOptions {
  name?: string;
  dailyBudgetUsd?: number;
  supersede?: TenantChange["supersede"];
  visitorBudgetShare?: number;
  networkBudgetShare?: number;
  budgetAlertShare?: number;
  allowedLinks?: string[];
  phoneRegion?: string;
}

const COLUMNS = ["id", "business_name", "daily_budget_usd", "supersede", "paused_at"];
const NAME = [
  "--name <business>",
  "the name that contacts know",
  createArgumentParser(BUSINESS_NAME),
] as const;

export function addTenantCommands(program: Command): void {
  const tenants = program.command("tenants").description("The businesses that Parley answers for.");
  addList(tenants);
  addCreate(tenants);
  addUpdate(tenants);
  for (const [name, description, run] of ACTIONS) {
    createTenantIdCommand(tenants, name, description, [`tenants ${name} acme`]).action(
      async (id: string | undefined, options: TenantOptions) => {
        await runForTenant(withTenantId(options, id), async (work) => formatTenant(await run(work, work)));
      },
    );
  }
}

const ACTIONS = [
  ["show", "One tenant.", getTenant],
  ["pause", "Stops all sends of the assistant for the tenant; inbound messages are stored.", pauseTenant],
  ["resume", "Ends the pause of the tenant.", resumeTenant],
] as const;

function addList(tenants: Command): void {
  const list = addCommand(tenants, {
    name: "list",
    description: "All tenants, newest first.",
    examples: ["tenants list", "tenants list --limit 100 --json"],
  });
  addPageOptions(list, TENANT_ID).action(async (options: CommandOptions & PageOptions) => {
    await runCommand(options, {
      work: async (work) => formatPage(await listTenants(work, toPageRequest(options)), formatTenant),
      ...describePage(COLUMNS),
    });
  });
}

function addCreate(tenants: Command): void {
  const create = addCommand(tenants, {
    name: "create",
    description: "Creates a tenant.",
    examples: [
      'tenants create acme --name "Acme Bikes"',
      'tenants create acme --name "Acme Bikes" --daily-budget-usd 20 --supersede regenerate',
    ],
  })
    .argument("<id>", "its id: letters, digits, _ and -", createArgumentParser(TENANT_ID))
    .requiredOption(...NAME);
  addChangeOptions(create).action(
    async (tenantId: string, options: CommandOptions & ChangeOptions & { name: string }) => {
      await runCommand(options, {
        work: async (work) => {
          const tenant = { tenantId, ...toChange(options), businessName: options.name };
          return formatTenant(await createTenant(work, tenant));
        },
      });
    },
  );
}

function addUpdate(tenants: Command): void {
  const update = createTenantIdCommand(tenants, "update", "Changes the settings of a tenant.", [
    "tenants update acme --daily-budget-usd 20",
    'tenants update acme --name "Acme Bikes & Co"',
    "tenants update acme --allowed-links shop.example,help@shop.example --phone-region DE",
  ]).option(...NAME);
  addChangeOptions(update).action(async (id: string | undefined, options: TenantOptions & ChangeOptions) => {
    await runForTenant(withTenantId(options, id), async (work) => {
      const change = toChange(options);
      if (Object.keys(change).length === 0) {
        const field =
          "--name, --daily-budget-usd, --supersede, --allowed-links, --phone-region or a share of the budget";
        throw new UsageError([{ field, message: "is required: there is nothing to change" }]);
      }
      return formatTenant(await updateTenant(work, { tenantId: work.tenantId, change }));
    });
  });
}

/** An empty list removes all links. */
const parseLinks = createArgumentParser(
  z
    .string()
    .transform((text) => text.split(",").flatMap((link) => link.trim() || []))
    .pipe(ALLOWED_LINKS),
);

function addChangeOptions(command: Command): Command {
  return command
    .option(
      "--daily-budget-usd <usd>",
      "money for models in a day; fixed texts answer when it is spent",
      createNumberParser(DAILY_BUDGET),
    )
    .option(
      "--visitor-budget-share <share>",
      "the part of the budget, 0 to 1, that anonymous web visitors of an account may spend together",
      createNumberParser(BUDGET_SHARE),
    )
    .option(
      "--network-budget-share <share>",
      "the same for the anonymous visitors of one network",
      createNumberParser(BUDGET_SHARE),
    )
    .option(
      "--budget-alert-share <share>",
      "the part of each budget that causes an alert",
      createNumberParser(BUDGET_SHARE),
    )
    .option(
      "--allowed-links <links>",
      "hosts, URLs, e-mail addresses and phone numbers that a reply may contain although no document names them, with commas",
      parseLinks,
    )
    .option(
      "--phone-region <country>",
      "the country of phone numbers without a country code, such as DE",
      createArgumentParser(PHONE_REGION),
    )
    .addOption(
      new Option(
        "--supersede <policy>",
        "what happens to a reply when a newer message arrives before it is sent",
      ).choices(SUPERSEDE.options),
    );
}

/** Here an argument names the tenant; `--tenant` and PARLEY_TENANT work as for every command. */
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

function toChange({
  name,
  dailyBudgetUsd,
  supersede,
  visitorBudgetShare,
  networkBudgetShare,
  budgetAlertShare,
  allowedLinks,
  phoneRegion,
}: ChangeOptions): TenantChange {
  const settings = { visitorBudgetShare, networkBudgetShare, budgetAlertShare, allowedLinks, phoneRegion };
  return {
    ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
    ...(name === undefined ? {} : { businessName: name }),
    ...(dailyBudgetUsd === undefined ? {} : { dailyBudgetUsd }),
    ...(supersede === undefined ? {} : { supersede }),
  };
}
