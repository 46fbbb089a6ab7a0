import type { Command } from "commander";
import { type ConsentState, setConsent } from "../../../db/consents.ts";
import {
  contactDetails,
  type ContactRow,
  findContactRow,
  linkContacts,
  listContacts,
  unlinkContact,
} from "../../../db/people.ts";
import { findTenantAccount, listTenantAccounts } from "../../../db/tenant-accounts.ts";
import { StackError } from "../../dev/stack-error.ts";
import { ACCOUNT_ID, CHANNEL } from "../../runtime/field-rules.ts";
import { knownAccount } from "../account-options.ts";
import { argument, uuidArgument } from "../argument.ts";
import { CalledWrongly } from "../called-wrongly.ts";
import { describePage, pageFacts, pageOptions, type PageOptions, pageRequest } from "../pages.ts";
import {
  known,
  runForTenant,
  tenantCommand,
  type TenantOptions,
  type TenantWork,
} from "../tenant-command.ts";

const EXAMPLE = "0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11";
const OTHER = "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33";
const COLUMNS = ["id", "channel", "address", "person_id", "created_at"];
/** More accounts on one channel than any tenant has. */
const ALL_ACCOUNTS = { limit: 1_000, after: null };

/** The people who write to a tenant, each on one channel. */
export function addContactCommands(program: Command): void {
  const contacts = program
    .command("contacts")
    .description("The people who write to a tenant, each on one channel.");
  addList(contacts);
  oneContact(contacts, "show", "One contact: other addresses, linked contacts, consents.").action(
    async (id: string, options: TenantOptions) => {
      await runForTenant(options, async (work) => await fullFacts(work, id));
    },
  );
  addLinks(contacts);
  addConsent(contacts, ["opt-out", "Records that a person wants no more messages."], "opted_out");
  addConsent(contacts, ["opt-in", "Records that a person wants messages again."], "opted_in");
}

function addList(contacts: Command): void {
  const list = tenantCommand(contacts, "list", "The people who write to the tenant, newest first.", [
    "contacts list",
    "contacts list --channel whatsapp --limit 100 --json",
  ]).option("--channel <name>", "of this channel alone", argument(CHANNEL));
  pageOptions(list).action(async (options: TenantOptions & PageOptions & { channel?: string }) => {
    await runForTenant(
      options,
      async ({ db, vault, tenantId }) => {
        const filter = { tenantId, channel: options.channel };
        return pageFacts(
          "contacts",
          await listContacts(db, vault, filter, pageRequest(options)),
          contactFacts,
        );
      },
      describePage("contacts", COLUMNS),
    );
  });
}

function addLinks(contacts: Command): void {
  tenantCommand(
    contacts,
    "link",
    "Says that two contacts are one person, and all who are linked with either.",
    [`contacts link ${EXAMPLE} ${OTHER}`],
  )
    .argument("<id>", "a contact's", uuidArgument)
    .argument("<other>", "another one's", uuidArgument)
    .action(async (id: string, other: string, options: TenantOptions) => {
      await runForTenant(options, async (work) => {
        if (id === other)
          throw new CalledWrongly([{ field: "<other>", message: "must be another contact than the first" }]);
        if (!(await linkContacts(work.db, work.tenantId, [id, other])))
          throw new StackError("The tenant does not have both of these contacts: `parley contacts list`.");
        return await fullFacts(work, id);
      });
    });
  oneContact(contacts, "unlink", "Takes a contact out of its person.").action(
    async (id: string, options: TenantOptions) => {
      await runForTenant(options, async (work) => {
        await unlinkContact(work.db, work.tenantId, id);
        return await fullFacts(work, id);
      });
    },
  );
}

function addConsent(
  contacts: Command,
  [name, description]: readonly [name: string, description: string],
  state: ConsentState,
): void {
  tenantCommand(contacts, name, description, [
    `contacts ${name} ${EXAMPLE}`,
    `contacts ${name} ${EXAMPLE} --account main`,
  ])
    .argument("<id>", "the contact's", uuidArgument)
    .option(
      "--account <id>",
      "of this account; all of the contact's channel where it is left out",
      argument(ACCOUNT_ID),
    )
    .action(async (id: string, { account, ...options }: TenantOptions & { account?: string }) => {
      await runForTenant(options, async (work) => {
        const { db, tenantId } = work;
        const { channel, addressHash } = await mustFind(work, id);
        for (const accountId of await accountIds(work, { channel, accountId: account })) {
          const key = { tenantId, channel, accountId, contactId: id, addressHash };
          await db.transaction(async (tx) => await setConsent(tx, key, { state, source: "operator" }));
        }
        return await fullFacts(work, id);
      });
    });
}

async function accountIds(
  { db, vault, tenantId }: TenantWork,
  { channel, accountId }: { channel: string; accountId: string | undefined },
): Promise<string[]> {
  if (accountId !== undefined)
    return [knownAccount(await findTenantAccount(db, vault, { tenantId, channel, accountId })).accountId];
  const { rows } = await listTenantAccounts(db, vault, { tenantId, channel }, ALL_ACCOUNTS);
  return rows.map((account) => account.accountId);
}

function oneContact(contacts: Command, name: string, description: string): Command {
  return tenantCommand(contacts, name, description, [`contacts ${name} ${EXAMPLE}`]).argument(
    "<id>",
    "the contact's",
    uuidArgument,
  );
}

async function mustFind({ db, vault, tenantId }: TenantWork, contactId: string): Promise<ContactRow> {
  const why = "The tenant has no such contact: `parley contacts list` shows those it has.";
  return known(await findContactRow(db, vault, { tenantId, contactId }), why);
}

async function fullFacts(work: TenantWork, contactId: string) {
  const contact = await mustFind(work, contactId);
  const { db, vault, tenantId } = work;
  const { aliases, linked, consents } = await contactDetails(db, vault, { tenantId, contactId });
  return {
    ...contactFacts(contact),
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

function contactFacts({ id, channel, address, personId, createdAt }: ContactRow) {
  return { id, channel, address, person_id: personId, created_at: createdAt };
}
