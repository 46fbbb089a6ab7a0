import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import { matchTwilioToken } from "../../../infra/runtime/signatures/twilio-signature.ts";
import type {
  Acknowledgement,
  InboundChannel,
  InboundRequest,
  ParsedBody,
  SignatureVerdict,
} from "../channel.ts";
import { readTwilioForm, type TwilioForm } from "./twilio-form.ts";
import { twilioReceipt } from "./twilio-receipt.ts";

/** Empty TwiML: Twilio would send a response in text/plain to the contact as a reply. */
const TWILIO_ACKNOWLEDGEMENT: Acknowledgement = Object.freeze({
  status: 200,
  contentType: "text/xml",
  body: "<Response/>",
});

/** Twilio sends far fewer than a hundred. They are sorted before the caller is known, so the number must be bounded. */
const MAX_FIELDS = 1_000;

const MISMATCH =
  "X-Twilio-Signature does not match: check the auth token, and that PUBLIC_BASE_URL is the URL Twilio calls.";

/** The same for messages and status callbacks: a form, signed over the public URL and every field. */
function verifyTwilio({ url, headers, rawBody }: InboundRequest, account: ChannelAccount): SignatureVerdict {
  const signature = headers["x-twilio-signature"];
  if (Array.isArray(signature))
    return { ok: false, code: "header_repeated", detail: "X-Twilio-Signature may be there once." };
  if (!signature)
    return { ok: false, code: "signature_missing", detail: "The header X-Twilio-Signature is needed." };
  if (fieldCount(rawBody) > MAX_FIELDS)
    return { ok: false, code: "signature_invalid", detail: `A body has at most ${MAX_FIELDS} fields.` };
  const contentType = String(headers["content-type"] ?? "");
  const tokens = account.secrets.inbound;
  const secretIndex = matchTwilioToken({ url, rawBody, contentType, signature, tokens });
  if (secretIndex >= 0) return { ok: true, secretIndex };
  return { ok: false, code: "signature_invalid", detail: MISMATCH };
}

/** The acknowledgement, signature and receipts are the same for SMS and WhatsApp; `parseMessage` gets the contact's messages only. */
export function createTwilioEdge(
  parseMessage: (form: TwilioForm, account: ChannelAccount) => ParsedBody,
): Pick<InboundChannel, "acknowledgement" | "verify" | "parse"> {
  return {
    acknowledgement: TWILIO_ACKNOWLEDGEMENT,
    verify: verifyTwilio,
    parse({ rawBody, url }, account) {
      const read = readTwilioForm(rawBody, account);
      if (!read.ok) return read;
      if (read.form.status !== "received") return { ok: true, events: [twilioReceipt(read.form, url)] };
      return parseMessage(read.form, account);
    },
  };
}

function fieldCount(rawBody: Buffer): number {
  let count = 1;
  for (let at = rawBody.indexOf("&"); at >= 0; at = rawBody.indexOf("&", at + 1)) count += 1;
  return count;
}
