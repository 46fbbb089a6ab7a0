import { createWebhookChannel } from "../../../../activities/channels/webhook.ts";
import { webhook } from "../../../../api/channels/webhook.ts";
import { createWebhookSink } from "../../../../infra/sandbox/fakes/webhook-sink/webhook-sink.ts";
import { standardWebhookSignature } from "../../../support/channels/vendor-signature.ts";
import type { ChannelKit, VendorEvent } from "../channel-kit.ts";
import { kitAccount, kitRequest } from "./kit-samples.ts";
import { openVendorFake } from "./open-vendor-fake.ts";

const CONTACT = "visitor-17";
const secretOf = (letter: string) => `whsec_${Buffer.from(letter.repeat(32)).toString("base64")}`;
const DELIVERY_SECRET = secretOf("d");

/** The generic signed webhook, both ways by Standard Webhooks 1.0.0. */
export const webhookKit: ChannelKit = {
  name: "webhook",
  inbound: webhook,
  createOutbound: createWebhookChannel,
  accountAt: (vendorUrl) =>
    kitAccount({ channel: "webhook", address: `${vendorUrl}/hooks/replies`, outbound: DELIVERY_SECRET }),
  secrets: { current: secretOf("a"), previous: secretOf("b"), foreign: secretOf("c") },
  contactAddress: CONTACT,
  requestOf([happening], signing) {
    const { id, ...body } = bodyOf(happening);
    return kitRequest("webhook", standardWebhookSignature, { ...signing, id, body: JSON.stringify(body) });
  },
  signature: {
    headers: ["webhook-id", "webhook-timestamp", "webhook-signature"],
    covers: { body: true, time: true, url: "Standard Webhooks signs no URL." },
  },
  changes: ["edit", "delete"],
  receiptStatuses: [
    { vendorStatus: "sent", state: "sent" },
    { vendorStatus: "delivered", state: "delivered" },
    { vendorStatus: "read", state: "read" },
    { vendorStatus: "failed", state: "failed", code: "mailbox_full", refusalClass: "permanent" },
  ],
  openVendorFake: async () =>
    await openVendorFake<{ webhookId: string; body: string; duplicate: boolean; signatureOk: boolean }>(
      createWebhookSink({ secrets: [DELIVERY_SECRET] }),
      {
        formatSent: ({ webhookId: providerId, body, duplicate, signatureOk }) =>
          duplicate || !signatureOk ? null : { providerId, text: textOf(body) },
      },
    ),
  errors: [
    {
      when: "the receiver asks for a pause",
      fault: { status: 429, headers: { "retry-after": "7" } },
      expectedClass: "throttle",
      waitMs: 7_000,
    },
    { when: "a gateway has no receiver", fault: { status: 503 }, expectedClass: "throttle" },
    { when: "the receiver is broken", fault: { status: 500 }, expectedClass: "retry" },
    { when: "the receiver's address is gone for good", fault: { status: 410 }, expectedClass: "gone" },
    { when: "the receiver does not know our secret", fault: { status: 401 }, expectedClass: "config" },
    { when: "the receiver does not want this body", fault: { status: 422 }, expectedClass: "permanent" },
  ],
  notOffered: {
    batch: "One Standard Webhook reports one event.",
    reconcile: "A receiver of webhooks cannot be asked what it has; it drops a repeated webhook-id instead.",
    window: "A receiver of webhooks takes them at any time.",
    typing: "Standard Webhooks know nothing of typing.",
  },
};

function bodyOf(happening: VendorEvent | undefined) {
  const timestamp = new Date().toISOString();
  switch (happening?.kind) {
    case "message":
      return {
        id: `in_${happening.number}`,
        type: "message.received",
        timestamp,
        data: { from: CONTACT, text: happening.text },
      };
    case "edit":
    case "delete": {
      const data = {
        id: `in_${happening.number}`,
        from: CONTACT,
        ...("text" in happening && { text: happening.text }),
      };
      return {
        id: `${happening.kind}_1`,
        type: `message.${happening.kind === "edit" ? "edited" : "deleted"}`,
        timestamp,
        data,
      };
    }
    case "receipt": {
      const { providerId, vendorStatus, code } = happening;
      return {
        id: `receipt_${vendorStatus}`,
        type: "message.receipt",
        timestamp,
        data: { message_id: providerId, state: vendorStatus, code },
      };
    }
    default:
      throw new Error("One Standard Webhook reports one event.");
  }
}

function textOf(body: string): string {
  return (JSON.parse(body) as { data: { text: string } }).data.text;
}
