import { afterAll, beforeAll, expect, it } from "vitest";
import { upsertAccount } from "../../../db/tenants/seed.ts";
import { ignoredEvents, inbox } from "../../../db/schema/conversations.ts";
import { receipts } from "../../../db/schema/deliveries.ts";
import { signMetaBody } from "../../../infra/runtime/signatures/meta-signature.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { sampleAccount } from "../../support/channels/samples.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

const NUMBERS = { one: "1001", two: "1002", foreign: "1003", unknown: "1004" } as const;
const APP_SECRET = "the-app-secret-of-one-and-two";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ worker: false });
  const vault = createConfiguredVault(parley.config);
  const tenantId = parley.config.PARLEY_TENANT;
  const account = (accountId: keyof typeof NUMBERS, secret: string) =>
    sampleAccount({
      channel: "whatsapp",
      tenantId,
      accountId,
      externalId: NUMBERS[accountId],
      secrets: { inbound: [secret], outbound: ["token"] },
    });
  await upsertAccount(parley.db, vault, account("one", APP_SECRET));
  await upsertAccount(parley.db, vault, account("two", APP_SECRET));
  await upsertAccount(parley.db, vault, account("foreign", "secret-of-another-app"));
});
afterAll(() => parley.close());

const from = "15550100200";
const timestamp = String(Math.floor(Date.now() / 1000));
const message = (id: string) => ({ id, from, timestamp, type: "text", text: { body: `Says ${id}` } });
const status = (id: string) => ({ id, status: "delivered", timestamp });
const change = (number: string, value: object) => ({
  field: "messages",
  value: { metadata: { phone_number_id: number, display_phone_number: "15550783881" }, ...value },
});

async function deliver(entry: unknown[]) {
  const rawBody = Buffer.from(JSON.stringify({ object: "whatsapp_business_account", entry }));
  const headers = { "x-hub-signature-256": signMetaBody({ rawBody, secret: APP_SECRET }) };
  return await fetch(`${parley.url}/webhooks/whatsapp/one`, { method: "POST", headers, body: rawBody });
}

const readStored = async () => ({
  messages: (await parley.db.select({ account: inbox.accountId, id: inbox.providerMessageId }).from(inbox))
    .map(({ account, id }) => `${account} ${id}`)
    .toSorted(),
  receipts: (await parley.db.select({ account: receipts.accountId, id: receipts.providerId }).from(receipts))
    .map(({ account, id }) => `${account} ${id}`)
    .toSorted(),
});

it("each of five messages and four receipts of one body goes to the account of its number", async () => {
  const entry = [
    {
      changes: [
        change(NUMBERS.one, {
          messages: [message("wamid.a"), { type: "text" }, message("wamid.b")],
          statuses: [status("wamid.1"), status("wamid.2")],
        }),
      ],
    },
    {
      changes: [
        change(NUMBERS.two, {
          messages: [message("wamid.c"), message("wamid.d")],
          statuses: [status("wamid.3")],
        }),
        change(NUMBERS.two, { messages: [message("wamid.e")], statuses: [status("wamid.4")] }),
      ],
    },
  ];
  const expected = {
    messages: ["one wamid.a", "one wamid.b", "two wamid.c", "two wamid.d", "two wamid.e"],
    receipts: ["one wamid.1", "one wamid.2", "two wamid.3", "two wamid.4"],
  };
  // The second time is a redelivery after a lost response.
  for (let time = 1; time <= 2; time += 1) {
    expect((await deliver(entry)).status).toBe(200);
    expect(await readStored()).toEqual(expected);
  }
});

it("inbound events of a number with another app secret or without an account are counted and not stored", async () => {
  const before = await readStored();
  const changes = [
    change(NUMBERS.foreign, { messages: [message("wamid.f"), message("wamid.g")] }),
    change(NUMBERS.unknown, { messages: [message("wamid.h")] }),
  ];
  expect((await deliver([{ changes }])).status).toBe(200);
  expect(await readStored()).toEqual(before);
  expect(await parley.db.select().from(ignoredEvents)).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ accountId: "one", what: "other_account", count: 3 })]),
  );
});
