import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isOptedOut } from "../../../../db/contacts/consents.ts";
import { findConversationOwner, openConversation } from "../../../../db/conversations/open-conversation.ts";
import { type TestApi, startTestApi } from "../support/start-test-api.ts";
import { type SeededTenant, seedTenant } from "../support/seed-tenant.ts";

let api: TestApi;
let acme: SeededTenant;
beforeAll(async () => {
  api = await startTestApi();
  acme = await seedTenant(api, "acme");
});
afterAll(() => api.close());

async function newContact(address: string, aliases: string[] = []): Promise<string> {
  const { tenantId, channel, accountId } = acme;
  const contact = { tenantId, channel, accountId, address, aliases, thread: "" };
  return (await openConversation(api.db, api.vault, contact)).contactId;
}
const get = async (id: string, key = acme.key) => (await api.call(`GET /v1/contacts/${id}`, { key })).body;
const link = async (one: string, other: string) =>
  await api.call(`POST /v1/contacts/${one}/link`, { key: acme.key, body: { contact_id: other } });
const linkedWith = async (id: string) =>
  ((await get(id))["linked"] as unknown as { id: string }[]).map((contact) => contact.id).toSorted();

it("a contact and the list of contacts show addresses in clear text", async () => {
  const id = await newContact("bsuid-1", ["+15550100999"]);
  expect(await get(id)).toMatchObject({ address: "bsuid-1", aliases: ["+15550100999"], link_id: null });
  const listed = await api.call("GET /v1/contacts?channel=webhook", { key: acme.key });
  expect(listed.body["data"]).toMatchObject([{ address: "bsuid-1" }, { address: "contact-of-acme" }]);
  expect((await api.call("GET /v1/contacts?channel=slack", { key: acme.key })).body["data"]).toEqual([]);
});

it("a link joins all contacts that are linked with either, and unlink removes one contact", async () => {
  const [a, b, c, d] = await Promise.all(["a", "b", "c", "d"].map((name) => newContact(name)));
  const all = [a, b, c, d].map(String);
  await link(all[0] ?? "", all[1] ?? "");
  await link(all[2] ?? "", all[3] ?? "");
  await link(all[0] ?? "", all[3] ?? "");
  for (const id of all) expect(await linkedWith(id)).toEqual(all.filter((other) => other !== id).toSorted());
  const unlink = async (id: string) =>
    (await api.call(`POST /v1/contacts/${id}/unlink`, { key: acme.key })).body;
  expect(await unlink(all[0] ?? "")).toMatchObject({ link_id: null, linked: [] });
  expect(await linkedWith(all[1] ?? "")).toEqual([String(all[2]), String(all[3])].toSorted());
  await unlink(all[1] ?? "");
  await unlink(all[2] ?? "");
  // A group of one contact is no link.
  expect((await get(all[3] ?? ""))["link_id"]).toBeNull();
});

it("simultaneous links join whole groups", async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, (_, i) => newContact(`crowd-${i}`)));
  const pairs = ids.slice(1).map((id, i) => [ids[i] ?? "", id] as const);
  const answers = await Promise.all(pairs.map(([one, other]) => link(one, other)));
  expect(answers.map(({ status }) => status)).toEqual(pairs.map(() => 200));
  expect(await linkedWith(ids[0] ?? "")).toEqual(ids.slice(1).toSorted());
});

it("a contact cannot be linked with itself or with an unknown contact", async () => {
  const id = await newContact("alone");
  expect((await link(id, id)).body["errors"]).toMatchObject([{ field: "body.contact_id" }]);
  expect((await link(id, randomUUID())).status).toBe(404);
  expect((await get(id))["link_id"]).toBeNull();
});

it("an operator can opt a contact out and in again", async () => {
  const owner = await findConversationOwner(api.db, "acme", acme.conversationId);
  const put = async (state: string) =>
    await api.call(`PUT /v1/contacts/${acme.contactId}/consents/${acme.accountId}`, {
      key: acme.key,
      body: { state },
    });
  const out = await put("opted_out");
  expect(out.body["consents"]).toMatchObject([
    { account_id: acme.accountId, state: "opted_out", source: "operator" },
  ]);
  expect(await isOptedOut(api.db, { ...acme, addressHash: owner.addressHash })).toBe(true);
  await put("opted_in");
  expect(await isOptedOut(api.db, { ...acme, addressHash: owner.addressHash })).toBe(false);
  expect((await put("maybe")).body["errors"]).toMatchObject([{ field: "body.state" }]);
});

it("a key that may only write sees no address", async () => {
  const key = await api.keyFor("acme", ["contacts:write"]);
  const id = await newContact("hidden", ["hidden-too"]);
  const answer = await api.call(`POST /v1/contacts/${id}/unlink`, { key });
  expect([answer.status, answer.body["address"], answer.body["aliases"]]).toEqual([200, null, []]);
});
