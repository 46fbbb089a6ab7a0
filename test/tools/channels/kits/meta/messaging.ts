import { createMessengerFake } from "../../../../../infra/sandbox/fakes/messenger/messenger-fake.ts";
import { metaSignature } from "../../../../support/channels/vendor-signature.ts";
import type { ChannelKit, VendorEvent } from "../../channel-kit.ts";
import { graphErrors } from "./graph-errors.ts";
import { kitAccount, kitRequest } from "../kit-samples.ts";
import { openVendorFake } from "../open-vendor-fake.ts";

const PAGE = "104400000000001";
const CONTACT = "6200000000000001";
const TOKEN = "kit-page-token";

/** What Messenger and Instagram have in common: the same bodies under another `object`, the same Send API. */
export function messagingKit({ name, object, path }: { name: string; object: string; path: string }) {
  return {
    name,
    accountAt: () =>
      kitAccount({ channel: name, address: "770000000000001", externalId: PAGE, outbound: TOKEN }),
    secrets: { current: "app-secret", previous: "app-secret-before", foreign: "another-app's-secret" },
    contactAddress: CONTACT,
    requestOf(happenings, signing) {
      const messaging = happenings.map((happening) => buildInboundEvent(happening, signing.at.getTime()));
      const body = JSON.stringify({ object, entry: [{ id: PAGE, time: signing.at.getTime(), messaging }] });
      return kitRequest(name, metaSignature, { ...signing, body });
    },
    signature: {
      headers: ["x-hub-signature-256"],
      covers: {
        body: true,
        time: "Meta signs no time: the dedupe key is what stops a replay.",
        url: "Meta signs no URL.",
      },
    },
    changes: ["edit", "delete"],
    receiptStatuses: [
      { vendorStatus: "delivery", state: "delivered" },
      { vendorStatus: "read", state: "read" },
      { vendorStatus: "a_word_of_tomorrow", state: null },
    ],
    openVendorFake: async () =>
      await openVendorFake<{ id: string; text: string }>(createMessengerFake({ accessToken: TOKEN }), {
        formatSent: ({ id, text }) => ({ providerId: id, text }),
        windowMark: { mark: "window-closed", to: CONTACT },
        path,
      }),
    errors: graphErrors({
      551: "permanent",
      613: "throttle",
      100: "permanent",
      190: "config",
      "10/2018278": "window",
    }),
    notOffered: {
      idempotent_send: "The Send API takes no key of ours with a message.",
      reconcile:
        "The Send API takes no id of ours and cannot be asked what it took. Graph's list of a page's conversations needs a further permission and is not asked.",
    },
  } satisfies Omit<ChannelKit, "inbound" | "createOutbound">;
}

function buildInboundEvent(happening: VendorEvent, timestamp: number): object {
  const parties = { sender: { id: CONTACT }, recipient: { id: PAGE }, timestamp };
  return { ...parties, ...contentOf(happening, timestamp) };
}

function contentOf(happening: VendorEvent, timestamp: number): object {
  if (happening.kind === "broken") return { message: { text: "no id" } };
  if (happening.kind === "receipt")
    return { [happening.vendorStatus]: { mids: [happening.providerId], watermark: timestamp } };
  const mid = `m_${happening.number}`;
  if (happening.kind === "delete") return { message: { mid, is_deleted: true } };
  const { text } = happening;
  return happening.kind === "edit"
    ? { message_edit: { mid, text, num_edit: 1 } }
    : { message: { mid, text } };
}
