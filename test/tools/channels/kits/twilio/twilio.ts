import { createTwilioFake } from "../../../../../infra/sandbox/fakes/twilio/twilio-fake.ts";
import { twilioSignature } from "../../../../support/channels/vendor-signature.ts";
import type { ChannelKit, VendorEvent } from "../../channel-kit.ts";
import { kitAccount, kitRequest } from "../kit-samples.ts";
import { openVendorFake } from "../open-vendor-fake.ts";

const SID = `AC${"5".repeat(32)}`;
const TOKEN = "kit-auth-token";
const ONE_AT_A_TIME = "Twilio posts one message, or one status, per request.";

/** Shared by both of Twilio's channels. `prefix` is the prefix of their addresses. */
export function twilioKit({
  name,
  prefix,
  contactAddress,
  address,
}: {
  name: string;
  prefix: string;
  contactAddress: string;
  address: string;
}) {
  const formOf = (happening: VendorEvent | undefined): Record<string, string> => {
    if (happening?.kind === "message") {
      const sid = `SM${happening.number.toString(16).padStart(32, "0")}`;
      const addresses = { From: prefix + contactAddress, To: prefix + address };
      return { MessageSid: sid, ...addresses, Body: happening.text, NumMedia: "0", SmsStatus: "received" };
    }
    if (happening?.kind !== "receipt") throw new Error(ONE_AT_A_TIME);
    const { providerId, vendorStatus, code } = happening;
    return {
      MessageSid: providerId,
      MessageStatus: vendorStatus,
      ...(code !== undefined && { ErrorCode: code }),
    };
  };
  return {
    name,
    accountAt: () => kitAccount({ channel: name, address, externalId: SID, outbound: TOKEN }),
    secrets: { current: "token-now", previous: "token-before", foreign: "token-of-another" },
    contactAddress,
    requestOf([happening], signing) {
      const body = new URLSearchParams({ AccountSid: SID, ...formOf(happening) }).toString();
      return kitRequest(name, twilioSignature, { ...signing, body });
    },
    signature: {
      headers: ["x-twilio-signature"],
      covers: { body: true, url: true, time: "Twilio signs no time: the dedupe key is what stops a replay." },
    },
    changes: [],
    openVendorFake: async () =>
      await openVendorFake<{ sid: string; body: string; contentSid?: string }>(
        createTwilioFake({ authToken: TOKEN, listedAfterMs: 0 }),
        {
          formatSent: ({ sid, body, contentSid }) => ({
            providerId: sid,
            text: body,
            ...(contentSid !== undefined && { template: contentSid }),
          }),
          windowMark: { mark: "window-closed", to: prefix + contactAddress },
        },
      ),
    errors: [
      {
        when: "too many calls",
        fault: { status: 429, headers: { "retry-after": "3" } },
        expectedClass: "throttle",
        waitMs: 3_000,
      },
      { when: "Twilio is broken", fault: { status: 500 }, expectedClass: "retry" },
      { when: "Twilio is unavailable", fault: { status: 503, body: "<html>" }, expectedClass: "retry" },
      { when: "the token was changed", fault: { status: 401 }, expectedClass: "config" },
      ...codes({
        21610: "optout",
        21211: "permanent",
        21617: "permanent",
        21408: "config",
        30001: "throttle",
      }),
      { when: "the response is a page of a portal", fault: { garbage: true }, expectedClass: "unknown" },
      { when: "the answer has no id", fault: { status: 201, body: "{}" }, expectedClass: "unknown" },
    ],
    notOffered: {
      batch: ONE_AT_A_TIME,
      idempotent_send:
        "Twilio's Messages API takes no idempotency key; the list of sent messages is asked instead.",
    },
  } satisfies Omit<ChannelKit, "inbound" | "createOutbound" | "receiptStatuses">;
}

function codes(table: Record<number, ChannelKit["errors"][number]["expectedClass"]>): ChannelKit["errors"] {
  return Object.entries(table).map(([code, expectedClass]) => ({
    when: `error ${code}`,
    fault: { status: 400, body: JSON.stringify({ code: Number(code), message: "no", status: 400 }) },
    expectedClass,
  }));
}
