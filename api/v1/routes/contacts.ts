import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { setConsent } from "../../../db/contacts/consents.ts";
import {
  findContactDetails,
  findContactRow,
  linkContacts,
  listContacts,
  unlinkContact,
} from "../../../db/contacts/list-contacts.ts";
import { findTenantAccount } from "../../../db/tenants/tenant-accounts.ts";
import { ACCOUNT_ID, CHANNEL } from "../../../infra/runtime/config/field-rules.ts";
import { Problem } from "../../problem.ts";
import { addRoute } from "../http/add-route.ts";
import type { Caller } from "../http/authenticator.ts";
import {
  CONTACT,
  CONTACT_EXAMPLE,
  CONTACT_PARAMS,
  FULL_CONTACT,
  FULL_CONTACT_EXAMPLE,
  formatContact,
  formatFullContact,
} from "../../views/contact.ts";
import { formatPage, pageQuery, pageRequest, pageSchema } from "../http/page-cursor.ts";
import { EXAMPLE_ID, ID } from "../../views/fields.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const common = {
  tag: "contacts",
  params: CONTACT_PARAMS,
  response: { status: 200, description: "The contact", schema: FULL_CONTACT, example: FULL_CONTACT_EXAMPLE },
} as const;

/** `/v1/contacts`: the people who write to the tenant, each on one channel. */
export function registerContacts(app: FastifyInstance, dependencies: V1Dependencies): void {
  const { db, vault } = dependencies;

  async function formatFound({ tenantId, scopes }: Caller, contactId: string) {
    const contact = await requireContact(tenantId, contactId);
    const full = formatFullContact(contact, await findContactDetails(db, vault, { tenantId, contactId }));
    // Who may only write learns no address by it.
    return scopes.includes("contacts:read") ? full : { ...full, address: null, aliases: [] };
  }

  async function requireContact(tenantId: string, contactId: string) {
    const contact = await findContactRow(db, vault, { tenantId, contactId });
    if (contact === null) throw new Problem("not_found", "The tenant has no such contact.");
    return contact;
  }

  addRoute(app, dependencies, {
    method: "GET",
    path: "/contacts",
    operationId: "listContacts",
    summary: "The people who write to the tenant, newest first",
    tag: "contacts",
    access: "contacts:read",
    query: z.object({ ...pageQuery(), channel: CHANNEL.optional() }),
    response: {
      status: 200,
      description: "A page of contacts",
      schema: pageSchema(CONTACT),
      example: { data: [CONTACT_EXAMPLE], next_cursor: null },
    },
    async handle({ tenantId, query }) {
      const found = await listContacts(db, vault, { tenantId, channel: query.channel }, pageRequest(query));
      return formatPage(found, formatContact);
    },
  });

  addRoute(app, dependencies, {
    ...common,
    method: "GET",
    path: "/contacts/:contact_id",
    operationId: "getContact",
    summary: "One contact with its other addresses, its linked contacts and what it consented to",
    access: "contacts:read",
    handle: async ({ caller, params }) => await formatFound(caller, params.contact_id),
  });

  addRoute(app, dependencies, {
    ...common,
    method: "POST",
    path: "/contacts/:contact_id/link",
    operationId: "linkContacts",
    summary: "Says that two contacts are one person",
    description: "Whoever is linked with either of them is linked with both.",
    access: "contacts:write",
    body: z.strictObject({ contact_id: ID }),
    bodyExample: { contact_id: EXAMPLE_ID },
    async handle({ tenantId, caller, params, body }) {
      if (params.contact_id === body.contact_id)
        throw new Problem("request_invalid", "Nothing was done.", [
          { field: "body.contact_id", message: "must be another contact than the one in the path" },
        ]);
      if (!(await linkContacts(db, tenantId, [params.contact_id, body.contact_id])))
        throw new Problem("not_found", "The tenant does not have both of these contacts.");
      return await formatFound(caller, params.contact_id);
    },
  });

  addRoute(app, dependencies, {
    ...common,
    method: "POST",
    path: "/contacts/:contact_id/unlink",
    operationId: "unlinkContact",
    summary: "Takes a contact out of its person",
    access: "contacts:write",
    async handle({ tenantId, caller, params }) {
      await unlinkContact(db, tenantId, params.contact_id);
      return await formatFound(caller, params.contact_id);
    },
  });

  addRoute(app, dependencies, {
    ...common,
    method: "PUT",
    path: "/contacts/:contact_id/consents/:account_id",
    operationId: "setConsent",
    summary: "Records what a person wants of one account",
    description:
      "What is being sent at this moment goes out; nothing that begins later does, where they opted out.",
    access: "contacts:write",
    params: CONTACT_PARAMS.extend({ account_id: ACCOUNT_ID }),
    body: z.strictObject({
      state: z.enum(["opted_in", "opted_out"], { error: "must be opted_in or opted_out" }),
    }),
    bodyExample: { state: "opted_out" },
    async handle({ tenantId, caller, params, body }) {
      const { contact_id: contactId, account_id: accountId } = params;
      const { channel, addressHash } = await requireContact(tenantId, contactId);
      const account = await findTenantAccount(db, vault, { tenantId, channel, accountId });
      if (account === null)
        throw new Problem("not_found", "The tenant has no such account on the contact's channel.");
      const key = { tenantId, channel, accountId, contactId, addressHash };
      await db.transaction(async (tx) => {
        await setConsent(tx, key, { state: body.state, source: "operator" });
      });
      return await formatFound(caller, contactId);
    },
  });
}
