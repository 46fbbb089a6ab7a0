import { createHmac } from "node:crypto";
import type { ChannelKit, VendorEvent } from "../channel-kit.ts";
import { kitAccount, kitRequest } from "../kits/kit-samples.ts";
import { openVendorFake } from "../kits/open-vendor-fake.ts";
import { pagerInbound } from "./pager-inbound.ts";
import { createPagerChannel } from "./pager-outbound.ts";
import { createPagerFake } from "./pager-fake.ts";

const CONTACT = "pager-4711";
const TOKEN = "pager-token";
const refusal = (status: number, error: string) => ({ status, body: JSON.stringify({ error }) });

/** What the conformance kit has to know of the pager. */
export const kit: ChannelKit = {
  name: "pager",
  inbound: pagerInbound,
  createOutbound: createPagerChannel,
  accountAt: () => kitAccount({ channel: "pager", address: "pager-0", outbound: TOKEN }),
  secrets: { current: "secret-now", previous: "secret-before", foreign: "secret-of-another" },
  contactAddress: CONTACT,
  requestOf: (happenings, signing) =>
    kitRequest("pager", pagerSignature, {
      ...signing,
      body: JSON.stringify({ events: happenings.map(buildPagerEvent) }),
    }),
  signature: {
    headers: ["x-pager-time", "x-pager-signature"],
    covers: { body: true, time: true, url: "The pager service signs no URL." },
  },
  changes: [],
  receiptStatuses: [
    { vendorStatus: "beeping", state: null },
    { vendorStatus: "delivered", state: "delivered" },
    { vendorStatus: "failed", state: "failed", code: "switched_off_by_owner", refusalClass: "optout" },
  ],
  openVendorFake: async () =>
    await openVendorFake<{ id: string; text: string }>(createPagerFake(TOKEN), {
      formatSent: ({ id, text }) => ({ providerId: id, text }),
    }),
  errors: [
    {
      when: "too many pages",
      fault: { status: 429, headers: { "retry-after": "2" } },
      expectedClass: "throttle",
      waitMs: 2_000,
    },
    { when: "the service is broken", fault: { status: 500 }, expectedClass: "retry" },
    { when: "the token was taken back", fault: { status: 401 }, expectedClass: "config" },
    { when: "there is no such pager", fault: refusal(422, "unknown_pager"), expectedClass: "permanent" },
    {
      when: "its owner does not want us",
      fault: refusal(403, "switched_off_by_owner"),
      expectedClass: "optout",
    },
    { when: "the answer has no id", fault: { status: 201, body: "{}" }, expectedClass: "unknown" },
  ],
  notOffered: {
    reconcile: "The service cannot be asked what it has; it drops a repeated key instead.",
    window: "A pager may be called at any time.",
    typing: "A pager has no typing sign.",
  },
};

function pagerSignature({ rawBody, secret, at }: { rawBody: Buffer; secret: string; at: Date }) {
  const time = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac("sha256", secret).update(`${time}.`).update(rawBody).digest("hex");
  return { "content-type": "application/json", "x-pager-time": time, "x-pager-signature": signature };
}

function buildPagerEvent(happening: VendorEvent): object {
  if (happening.kind === "receipt") {
    const { providerId: id, vendorStatus: state, code } = happening;
    return { type: "state", id, state, ...(code !== undefined && { code }) };
  }
  if (happening.kind !== "message") return { type: "message", id: "" };
  const { number, text } = happening;
  return { type: "message", id: `page-${number}`, from: CONTACT, text, at: 1_767_348_000_000 };
}
