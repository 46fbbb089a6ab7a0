import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openConversation } from "../../../../db/conversations/open-conversation.ts";
import { isOptedOut } from "../../../../db/contacts/consents.ts";
import { findContactRow } from "../../../../db/contacts/list-contacts.ts";
import { addAccount } from "../../../../db/tenants/tenant-accounts.ts";
import { type TerminalWithDatabase, openTerminalWithDatabase } from "../open-terminal.ts";

const TENANT = "acme";
let terminal: TerminalWithDatabase;
const accountIds: string[] = [];
beforeAll(async () => {
  terminal = await openTerminalWithDatabase();
  await terminal.parley("tenants", "create", TENANT, "--name", "Acme");
  for (const address of ["+15550100200", "+15550100201"]) accountIds.push(await account(address));
});
afterAll(() => terminal.close());

const contacts = async (...args: string[]) =>
  await terminal.parley("contacts", ...args, "--tenant", TENANT, "--json");

async function account(address: string): Promise<string> {
  const secrets = { inbound: ["a"], outbound: ["a"] };
  const made = { tenantId: TENANT, channel: "twilio-sms", address, externalId: null, secrets, settings: {} };
  return (await addAccount(terminal.db, terminal.vault, made)).accountId;
}

async function openContact(address: string, accountId = accountIds[0] ?? ""): Promise<string> {
  const who = { tenantId: TENANT, channel: "twilio-sms", accountId, address, thread: "" };
  return (await openConversation(terminal.db, terminal.vault, who)).contactId;
}

async function optedOut(contactId: string): Promise<boolean[]> {
  const row = await findContactRow(terminal.db, terminal.vault, { tenantId: TENANT, contactId });
  if (row === null) throw new Error("The contact is not there.");
  const key = { tenantId: TENANT, channel: row.channel, addressHash: row.addressHash };
  return await Promise.all(
    accountIds.map(async (accountId) => await isOptedOut(terminal.db, { ...key, accountId })),
  );
}

describe("contacts", () => {
  it("contacts are listed, and shown with address, links and consents", async () => {
    const id = await openContact("+15550100301");
    const listed = await contacts("list", "--channel", "twilio-sms", "--limit", "1");
    expect(listed.json).toMatchObject({ data: [{ id, address: "+15550100301" }] });
    expect((await contacts("list", "--channel", "slack")).json["data"]).toEqual([]);
    expect((await contacts("show", id)).json).toMatchObject({
      id,
      channel: "twilio-sms",
      address: "+15550100301",
      link_id: null,
      aliases: [],
      linked: [],
      consents: [],
    });
  });

  it("two contacts can be linked and unlinked", async () => {
    const [one, other] = [await openContact("+15550100302"), await openContact("+15550100303")];
    expect((await contacts("link", one, other)).json).toMatchObject({ linked: [{ id: other }] });
    expect((await contacts("show", other)).json).toMatchObject({ linked: [{ id: one }] });
    expect((await contacts("unlink", one)).json).toMatchObject({ linked: [], link_id: null });
    expect((await contacts("show", other)).json).toMatchObject({ linked: [] });
  });

  it("a contact cannot be linked with itself or with an unknown contact", async () => {
    const id = await openContact("+15550100304");
    expect(await contacts("link", id, id)).toMatchObject({
      status: 2,
      json: { error: expect.any(String) as string },
    });
    expect(await contacts("link", id, randomUUID())).toMatchObject({
      status: 1,
      json: { error: expect.any(String) as string },
    });
  });

  it("contacts of another tenant are not found and stay unchanged", async () => {
    const id = await openContact("+15550100305");
    for (const word of ["show", "unlink", "opt-out", "opt-in"])
      expect(await terminal.parley("contacts", word, id, "--json"), word).toMatchObject({
        status: 1,
        json: { error: expect.stringContaining("parley contacts list") as string },
      });
    expect(await optedOut(id)).toEqual([false, false]);
  });
});

describe("a consent", () => {
  it("an opt-out holds for every account of the contact's channel", async () => {
    const id = await openContact("+15550100306");
    const { json } = await contacts("opt-out", id);
    expect(json["consents"]).toHaveLength(2);
    expect(json).toMatchObject({ consents: [{ state: "opted_out", source: "operator" }, {}] });
    expect(await optedOut(id)).toEqual([true, true]);
    await contacts("opt-in", id);
    expect(await optedOut(id)).toEqual([false, false]);
  });

  it("an opt-out with --account holds for this account only", async () => {
    const id = await openContact("+15550100307");
    await contacts("opt-out", id, "--account", accountIds[1] ?? "");
    expect(await optedOut(id)).toEqual([false, true]);
    expect(await contacts("opt-out", id, "--account", "nobody")).toMatchObject({ status: 1 });
  });
});
