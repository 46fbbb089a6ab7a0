import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ACCOUNT_ID, CHANNEL } from "../../../infra/runtime/config/field-rules.ts";
import {
  type ContactWithDetails,
  getContact,
  linkContacts,
  listContacts,
  setConsent,
  unlinkContact,
} from "../../operations/contacts.ts";
import {
  CONTACT,
  CONTACT_WITH_DETAILS,
  formatContact,
  formatContactWithDetails,
} from "../../views/contact.ts";
import { EXAMPLE_ID, ID } from "../../views/fields.ts";
import { formatPage, pageView } from "../../views/page.ts";
import { addRoute } from "../http/add-route.ts";
import { requireTextAccess } from "../http/require-text-access.ts";
import type { Caller } from "../http/authenticator.ts";
import { pageQuery, pageRequest } from "../http/page-query.ts";
import type { V1Dependencies } from "../v1-dependencies.ts";

const PARAMS = z.object({ contact_id: ID });
const one = {
  tag: "contacts",
  params: PARAMS,
  response: { status: 200, description: "The contact", ...CONTACT_WITH_DETAILS },
} as const;

/** `/v1/contacts`: the end users who write to the tenant, each on one channel. */
export function registerContacts(app: FastifyInstance, dependencies: V1Dependencies): void {
  addRoute(app, dependencies, {
    method: "GET",
    path: "/contacts",
    operationId: "listContacts",
    summary: "The tenant's contacts, newest first",
    tag: "contacts",
    access: "contacts:read",
    query: z.object({ ...pageQuery(), channel: CHANNEL.optional() }),
    response: { status: 200, description: "A page of contacts", ...pageView(CONTACT) },
    async handle({ tenantId, query, context }) {
      const input = { tenantId, channel: query.channel, page: pageRequest(query) };
      return formatPage(await listContacts(context, input), formatContact);
    },
  });

  addRoute(app, dependencies, {
    ...one,
    method: "GET",
    path: "/contacts/:contact_id",
    operationId: "getContact",
    summary: "One contact with its other addresses, its linked contacts and its consents",
    access: "contacts:read",
    handle: async ({ tenantId, caller, params, context }) =>
      formatFor(caller, await getContact(context, { tenantId, contactId: params.contact_id })),
  });
}

/** Changes of one contact. */
export function registerContactActions(app: FastifyInstance, dependencies: V1Dependencies): void {
  const writable = { ...one, access: "contacts:write" } as const;

  addRoute(app, dependencies, {
    ...writable,
    method: "POST",
    path: "/contacts/:contact_id/link",
    operationId: "linkContacts",
    summary: "Records that two contacts belong to the same human being",
    description: "All contacts that are linked with either of them get the same link id.",
    body: z.strictObject({ contact_id: ID }),
    bodyExample: { contact_id: EXAMPLE_ID },
    async handle({ tenantId, caller, params, body, context }) {
      // The assistant answers each of the linked contacts from the conversations of all of them.
      requireTextAccess(caller);
      const pair = { tenantId, contactId: params.contact_id, otherId: body.contact_id };
      return formatFor(caller, await linkContacts(context, pair));
    },
  });

  addRoute(app, dependencies, {
    ...writable,
    method: "POST",
    path: "/contacts/:contact_id/unlink",
    operationId: "unlinkContact",
    summary: "Removes a contact from its link",
    handle: async ({ tenantId, caller, params, context }) =>
      formatFor(caller, await unlinkContact(context, { tenantId, contactId: params.contact_id })),
  });

  addRoute(app, dependencies, {
    ...writable,
    method: "PUT",
    path: "/contacts/:contact_id/consents/:account_id",
    operationId: "setConsent",
    summary: "Records a contact's consent for one account",
    description: "A send that has begun is not stopped. After an opt-out no later send begins.",
    params: PARAMS.extend({ account_id: ACCOUNT_ID }),
    body: z.strictObject({
      state: z.enum(["opted_in", "opted_out"], { error: "must be opted_in or opted_out" }),
    }),
    bodyExample: { state: "opted_out" },
    async handle({ tenantId, caller, params, body, context }) {
      const { contact_id: contactId, account_id: accountId } = params;
      const change = { tenantId, contactId, accountId, state: body.state };
      return formatFor(caller, await setConsent(context, change));
    },
  });
}

/** A key that may only write learns no address. */
function formatFor({ scopes }: Caller, found: ContactWithDetails) {
  const contact = formatContactWithDetails(found);
  return scopes.includes("contacts:read") ? contact : { ...contact, address: null, aliases: [] };
}
