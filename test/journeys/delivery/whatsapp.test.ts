import { afterAll, beforeAll, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { postWhatsapp } from "../../support/channels/post-whatsapp.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
afterAll(() => parley.close());

const CONTACT = "15550100200";
const stamp = () => String(Math.floor(Date.now() / 1000));

async function deliver(value: object): Promise<void> {
  expect((await postWhatsapp(parley, value)).status).toBe(200);
}

interface FakeMessage {
  id: string;
  to: string;
  details: { callbackData: string };
}
const readMessages = async () =>
  (
    (await (await fetch(`${parley.vendors.whatsapp}/__control/messages`)).json()) as {
      messages: FakeMessage[];
    }
  ).messages;

it("a reply with a lost response is not sent again, and the receipt with our id closes it", async () => {
  const id = "wamid.journey-1";
  parley.whatsapp.faults.replace([
    { match: { path: "/v25.0" }, times: 1, fault: { accept_then_drop: true } },
  ]);
  const text = { body: "Can I return a bell?" };
  await deliver({ messages: [{ id, from: CONTACT, timestamp: stamp(), type: "text", text }] });
  await eventually("an answer", async () =>
    (await findMessageOutcomes(parley.db, [id])).find(({ state }) => state === "answered"),
  );
  const parts = async () => await parley.db.select().from(deliveries);
  expect(await parts()).toMatchObject([{ state: "unknown", providerId: null, attempt: 1 }]);

  const sent = await readMessages();
  expect(sent).toMatchObject([{ to: CONTACT }]);
  const [{ id: providerId, details }] = sent as [FakeMessage];
  const status = { id: providerId, timestamp: stamp(), biz_opaque_callback_data: details.callbackData };
  await deliver({ statuses: [{ ...status, status: "delivered" }] });
  await deliver({ statuses: [{ ...status, status: "sent" }] });
  expect(await parts()).toMatchObject([{ state: "accepted", providerId, receipt: "delivered", attempt: 1 }]);
  expect(await readMessages()).toHaveLength(1);
});
