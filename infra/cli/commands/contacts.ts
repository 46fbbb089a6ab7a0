import type { Command } from "commander";
import { type ConsentState, setConsent } from "../../../db/contacts/consents.ts";
import {
  findContactDetails,
  type ContactRow,
  findContactRow,
  linkContacts,
  listContacts,
  unlinkContact,
} from "../../../db/contacts/list-contacts.ts";
import { findTenantAccount, listTenantAccounts } from "../../../db/tenants/tenant-accounts.ts";
import { UserError } from "../../runtime/errors.ts";
import { ACCOUNT_ID, CHANNEL } from "../../runtime/config/field-rules.ts";
import { requireAccount } from "../options/account-options.ts";
import { createArgumentParser, parseUuid } from "../options/argument-parsers.ts";
import { UsageError } from "../usage-error.ts";
import {
  describePage,
  formatPage,
  addPageOptions,
  type PageOptions,
  toPageRequest,
} from "../options/page-options.ts";
import {
  requireFound,
  runForTenant,
  createTenantCommand,
  type TenantOptions,
  type TenantContext,
} from "../tenant-command.ts";

const EXAMPLE = "0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11";
const OTHER = "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33";
const COLUMNS = ["id", "channel", "address", "link_id", "created_at"];
/** More accounts on one channel than any tenant has. */
const ALL_ACCOUNTS = { limit: 1_000, keysetBefore: null };

/** The people who write to a tenant, each on one channel. */
export function addContactCommands(program: Command): void {
  const contacts = program
    .command("contacts")
    .description("The people who write to a tenant, each on one channel.");
  addList(contacts);
  createContactCommand(contacts, "show", "One contact: other addresses, linked contacts, consents.").action(
    async (id: string, options: TenantOptions) => {
      await runForTenant(options, async (work) => await readContactDetails(work, id));
    },
  );
  addLinks(contacts);
  addConsent(contacts, ["opt-out", "Records that a person wants no more messages."], "opted_out");
  addConsent(contacts, ["opt-in", "Records that a person wants messages again."], "opted_in");
}

function addList(contacts: Command): void {
  const list = createTenantCommand(contacts, "list", "The people who write to the tenant, newest first.", [
    "contacts list",
    "contacts list --channel whatsapp --limit 100 --json",
  ]).option("--channel <name>", "of this channel alone", createArgumentParser(CHANNEL));
  addPageOptions(list).action(async (options: TenantOptions & PageOptions & { channel?: string }) => {
    await runForTenant(
      options,
      async ({ db, vault, tenantId }) => {
        const filter = { tenantId, channel: options.channel };
        return formatPage(
          "contacts",
          await listContacts(db, vault, filter, toPageRequest(options)),
          formatContact,
        );
      },
      describePage("contacts", COLUMNS),
    );
  });
}

function addLinks(contacts: Command): void {
  createTenantCommand(
    contacts,
    "link",
    "Says that two contacts are one person, and all who are linked with either.",
    [`contacts link ${EXAMPLE} ${OTHER}`],
  )
    .argument("<id>", "a contact's", parseUuid)
    .argument("<other>", "another one's", parseUuid)
    .action(async (id: string, other: string, options: TenantOptions) => {
      await runForTenant(options, async (work) => {
        if (id === other)
          throw new UsageError([{ field: "<other>", message: "must be another contact than the first" }]);
        if (!(await linkContacts(work.db, work.tenantId, [id, other])))
          throw new UserError("The tenant does not have both of these contacts: `parley contacts list`.");
        return await readContactDetails(work, id);
      });
    });
  createContactCommand(contacts, "unlink", "Takes a contact out of its person.").action(
    async (id: string, options: TenantOptions) => {
      await runForTenant(options, async (work) => {
        await unlinkContact(work.db, work.tenantId, id);
        return await readContactDetails(work, id);
      });
    },
  );
}

function addConsent(
  contacts: Command,
  [name, description]: readonly [name: string, description: string],
  state: ConsentState,
): void {
  createTenantCommand(contacts, name, description, [
    `contacts ${name} ${EXAMPLE}`,
    `contacts ${name} ${EXAMPLE} --account main`,
  ])
    .argument("<id>", "the contact's", parseUuid)
    .option(
      "--account <id>",
      "of this account; all of the contact's channel where it is left out",
      createArgumentParser(ACCOUNT_ID),
    )
    .action(async (id: string, { account, ...options }: TenantOptions & { account?: string }) => {
      await runForTenant(options, async (work) => {
        const { db, tenantId } = work;
        const { channel, addressHash } = await requireContact(work, id);
        for (const accountId of await listAccountIds(work, { channel, accountId: account })) {
          const key = { tenantId, channel, accountId, contactId: id, addressHash };
          await db.transaction(async (tx) => await setConsent(tx, key, { state, source: "operator" }));
        }
        return await readContactDetails(work, id);
      });
    });
}

async function listAccountIds(
  { db, vault, tenantId }: TenantContext,
  { channel, accountId }: { channel: string; accountId: string | undefined },
): Promise<string[]> {
  if (accountId !== undefined)
    return [requireAccount(await findTenantAccount(db, vault, { tenantId, channel, accountId })).accountId];
  const { rows } = await listTenantAccounts(db, vault, { tenantId, channel }, ALL_ACCOUNTS);
  return rows.map((account) => account.accountId);
}

function createContactCommand(contacts: Command, name: string, description: string): Command {
  return createTenantCommand(contacts, name, description, [`contacts ${name} ${EXAMPLE}`]).argument(
    "<id>",
    "the contact's",
    parseUuid,
  );
}

async function requireContact(
  { db, vault, tenantId }: TenantContext,
  contactId: string,
): Promise<ContactRow> {
  const why = "The tenant has no such contact: `parley contacts list` shows those it has.";
  return requireFound(await findContactRow(db, vault, { tenantId, contactId }), why);
}

async function readContactDetails(work: TenantContext, contactId: string) {
  const contact = await requireContact(work, contactId);
  const { db, vault, tenantId } = work;
  const { aliases, linked, consents } = await findContactDetails(db, vault, { tenantId, contactId });
  return {
    ...formatContact(contact),
    aliases,
    linked,
    consents: consents.map(({ accountId, state, source, changedAt }) => ({
      account_id: accountId,
      state,
      source,
      changed_at: changedAt,
    })),
  };
}

function formatContact({ id, channel, address, linkId, createdAt }: ContactRow) {
  return { id, channel, address, link_id: linkId, created_at: createdAt };
}
