import { awaitFreshMarks } from "../../db/delivery/await-fresh-marks.ts";
import { type ConsentState, setConsent as writeConsent } from "../../db/contacts/consents.ts";
import {
  type ContactDetails,
  type ContactRow,
  findContactDetails,
  findContactRow,
  linkContacts as mergeLinks,
  listContacts as selectContacts,
  unlinkContact as removeLink,
} from "../../db/contacts/list-contacts.ts";
import type { Page, PageRequest } from "../../db/connection/page.ts";
import { listTenantAccounts } from "../../db/tenants/tenant-accounts.ts";
import { getAccount } from "./accounts.ts";
import type { Using } from "./operation-context.ts";
import { OperationError, requireFound } from "./operation-error.ts";

type Stores = Using<"db" | "vault">;

interface ContactKey {
  tenantId: string;
  contactId: string;
}

export interface ContactWithDetails {
  contact: ContactRow;
  details: ContactDetails;
}

/** More accounts on one channel than any tenant has. */
const ALL_ACCOUNTS = { limit: 1_000, keysetBefore: null };

/** Newest first. */
export async function listContacts(
  { db, vault }: Stores,
  { page, ...filter }: { tenantId: string; channel: string | undefined; page: PageRequest },
): Promise<Page<ContactRow>> {
  return await selectContacts(db, vault, filter, page);
}

export async function getContact(context: Stores, key: ContactKey): Promise<ContactWithDetails> {
  const contact = await requireContact(context, key);
  return { contact, details: await findContactDetails(context.db, context.vault, key) };
}

/** The two contacts, and all contacts linked with either of them, get one link id. */
export async function linkContacts(
  context: Stores,
  { tenantId, contactId, otherId }: ContactKey & { otherId: string },
): Promise<ContactWithDetails> {
  if (contactId === otherId) {
    const message = "must be another contact than the first one";
    throw new OperationError({
      code: "request_invalid",
      fields: [{ path: ["contact_id"], message }],
    });
  }
  if (!(await mergeLinks(context.db, tenantId, [contactId, otherId])))
    throw new OperationError({ code: "not_found", subject: "contact_pair" });
  return await getContact(context, { tenantId, contactId });
}

export async function unlinkContact(context: Stores, key: ContactKey): Promise<ContactWithDetails> {
  await removeLink(context.db, key.tenantId, key.contactId);
  return await getContact(context, key);
}

export interface ConsentChange extends ContactKey {
  /** Null: every account of the contact's channel. */
  accountId: string | null;
  state: ConsentState;
}

/** A send that has begun is not stopped. After an opt-out no send begins once this returns. */
export async function setConsent(
  context: Stores,
  { tenantId, contactId, accountId, state }: ConsentChange,
): Promise<ContactWithDetails> {
  const key = { tenantId, contactId };
  const { channel, addressHash } = await requireContact(context, key);
  const accountIds =
    accountId === null
      ? await listAccountIds(context, { tenantId, channel })
      : [(await getAccount(context, { tenantId, channel, accountId })).accountId];
  for (const id of accountIds) {
    const consentKey = { tenantId, channel, accountId: id, contactId, addressHash };
    await writeConsent(context.db, consentKey, { state, source: "operator" });
  }
  if (state === "opted_out") await awaitFreshMarks(context.db, { contactId });
  return await getContact(context, key);
}

async function requireContact({ db, vault }: Stores, key: ContactKey): Promise<ContactRow> {
  return requireFound("contact", await findContactRow(db, vault, key));
}

async function listAccountIds(
  { db, vault }: Stores,
  filter: { tenantId: string; channel: string },
): Promise<string[]> {
  const { rows } = await listTenantAccounts(db, vault, filter, ALL_ACCOUNTS);
  return rows.map((account) => account.accountId);
}
