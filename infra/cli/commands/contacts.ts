import type { Command } from "commander";
import {
  getContact,
  linkContacts,
  listContacts,
  setConsent,
  unlinkContact,
} from "../../../api/operations/contacts.ts";
import { formatContact, formatContactWithDetails } from "../../../api/views/contact.ts";
import { formatPage } from "../../../api/views/page.ts";
import { ACCOUNT_ID, CHANNEL } from "../../runtime/config/field-rules.ts";
import { createArgumentParser, parseUuid } from "../options/argument-parsers.ts";
import { addPageOptions, describePage, type PageOptions, toPageRequest } from "../options/page-options.ts";
import { createTenantCommand, runForTenant, type TenantOptions } from "../tenant-command.ts";

const EXAMPLE = "0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11";
const OTHER = "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33";
const COLUMNS = ["id", "channel", "address", "link_id", "created_at"];

/** The end users who write to a tenant, each on one channel. */
export function addContactCommands(program: Command): void {
  const contacts = program
    .command("contacts")
    .description("The end users who write to a tenant, each on one channel.");
  addList(contacts);
  addShowAndUnlink(contacts);
  addLink(contacts);
  addConsents(contacts);
}

function addList(contacts: Command): void {
  const list = createTenantCommand(contacts, "list", "The tenant's contacts, newest first.", [
    "contacts list",
    "contacts list --channel whatsapp --limit 100 --json",
  ]).option("--channel <name>", "only this channel", createArgumentParser(CHANNEL));
  addPageOptions(list).action(async (options: TenantOptions & PageOptions & { channel?: string }) => {
    await runForTenant(
      options,
      async (work) => {
        const input = { tenantId: work.tenantId, channel: options.channel, page: toPageRequest(options) };
        return formatPage(await listContacts(work, input), formatContact);
      },
      describePage(COLUMNS),
    );
  });
}

function addShowAndUnlink(contacts: Command): void {
  for (const [name, description, run] of [
    ["show", "One contact: other addresses, linked contacts, consents.", getContact],
    ["unlink", "Removes a contact from its link.", unlinkContact],
  ] as const) {
    createTenantCommand(contacts, name, description, [`contacts ${name} ${EXAMPLE}`])
      .argument("<id>", "the contact's", parseUuid)
      .action(async (contactId: string, options: TenantOptions) => {
        await runForTenant(options, async (work) =>
          formatContactWithDetails(await run(work, { tenantId: work.tenantId, contactId })),
        );
      });
  }
}

function addLink(contacts: Command): void {
  createTenantCommand(
    contacts,
    "link",
    "Records that two contacts, and all contacts linked with either, belong to the same human being.",
    [`contacts link ${EXAMPLE} ${OTHER}`],
  )
    .argument("<id>", "a contact's", parseUuid)
    .argument("<other>", "another contact's", parseUuid)
    .action(async (contactId: string, otherId: string, options: TenantOptions) => {
      await runForTenant(options, async (work) => {
        const pair = { tenantId: work.tenantId, contactId, otherId };
        return formatContactWithDetails(await linkContacts(work, pair));
      });
    });
}

function addConsents(contacts: Command): void {
  for (const [name, state, description] of [
    ["opt-out", "opted_out", "Records that a contact wants no more messages."],
    ["opt-in", "opted_in", "Records that a contact wants messages again."],
  ] as const) {
    createTenantCommand(contacts, name, description, [
      `contacts ${name} ${EXAMPLE}`,
      `contacts ${name} ${EXAMPLE} --account main`,
    ])
      .argument("<id>", "the contact's", parseUuid)
      .option(
        "--account <id>",
        "only this account; default: all accounts of the contact's channel",
        createArgumentParser(ACCOUNT_ID),
      )
      .action(async (contactId: string, options: TenantOptions & { account?: string }) => {
        await runForTenant(options, async (work) => {
          const accountId = options.account ?? null;
          const change = { tenantId: work.tenantId, contactId, accountId, state };
          return formatContactWithDetails(await setConsent(work, change));
        });
      });
  }
}
