import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { eventually } from "../../support/eventually.ts";
import { respondWith, openHttpPeer } from "../../support/http-peer.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
afterAll(() => parley.close());

it("signed outgoing events report a message and its reply to the tenant's system", async () => {
  const crm = await openHttpPeer(respondWith(204));
  const { config, db } = parley;
  config.EGRESS_ALLOW_HOSTS.push(crm.host);
  const endpoint = await createEventEndpoint(db, createConfiguredVault(config), {
    tenantId: config.PARLEY_TENANT,
    url: `${crm.url}/parley`,
    types: ["message.received", "message.reply.sent"],
    includeText: true,
  });
  const { id } = await parley.sendWebhook({ from: "listener", text: "Can I return a bell?" });
  const delivered = await eventually("both events", async () =>
    crm.requests.length === 2 ? crm.requests : null,
  );
  const events = delivered.map(({ body, headers }) => {
    return new Webhook(endpoint?.secret ?? "").verify(body, headers as Record<string, string>) as {
      type: string;
      data: Record<string, unknown>;
    };
  });
  const [received, sent] = [
    events.find(({ type }) => type === "message.received"),
    events.find(({ type }) => type === "message.reply.sent"),
  ];
  expect(received?.data).toMatchObject({ message_id: id, channel: "webhook", text: "Can I return a bell?" });
  const reply = (await parley.replies()).find(({ to }) => to === "listener");
  expect(sent?.data).toMatchObject({
    conversation_id: received?.data["conversation_id"],
    part: 1,
    text: reply?.text,
  });
});
