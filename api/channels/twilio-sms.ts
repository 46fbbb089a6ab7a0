import { matchTwilioToken } from "../../infra/runtime/twilio-signature.ts";
import type { FieldProblem, InboundChannel, ParsedBody, SignatureVerdict } from "./channel.ts";

/** SMS as Twilio posts it: a form, signed over the public URL and every field. */
export const twilioSms: InboundChannel = {
  name: "twilio-sms",
  // An answer in text/plain would be sent to the person as a reply.
  acknowledgement: { status: 200, contentType: "text/xml", body: "<Response/>" },
  verify({ url, headers, rawBody }, account): SignatureVerdict {
    const signature = headers["x-twilio-signature"];
    if (Array.isArray(signature))
      return { ok: false, code: "header_repeated", detail: "X-Twilio-Signature may be there once." };
    if (!signature)
      return { ok: false, code: "signature_missing", detail: "The header X-Twilio-Signature is needed." };
    const contentType = String(headers["content-type"] ?? "");
    const secretIndex = matchTwilioToken({
      url,
      rawBody,
      contentType,
      signature,
      tokens: account.secrets.inbound,
    });
    if (secretIndex >= 0) return { ok: true, secretIndex };
    const detail =
      "X-Twilio-Signature does not match: check the auth token, and that PUBLIC_BASE_URL is the URL Twilio calls.";
    return { ok: false, code: "signature_invalid", detail };
  },
  parse({ rawBody }, account): ParsedBody {
    const form = new URLSearchParams(rawBody.toString("utf8"));
    const [sid, from, accountSid] = ["MessageSid", "From", "AccountSid"].map((name) => form.get(name) ?? "");
    const problems: FieldProblem[] = [];
    if (!sid || !/^(SM|MM)[0-9a-f]{32}$/i.test(sid)) {
      problems.push({ field: "MessageSid", message: "must be SM or MM and 32 hexadecimal digits" });
    }
    if (!from) problems.push({ field: "From", message: "must be the sender's number" });
    if (account.externalId !== null && accountSid !== account.externalId) {
      problems.push({ field: "AccountSid", message: "is not the AccountSid of this channel account" });
    }
    if (problems.length > 0) return { ok: false, problems };
    // A status callback comes to the same place; it is no message.
    if ((form.get("SmsStatus") ?? "received") !== "received" || !form.has("Body"))
      return { ok: true, messages: [] };
    const text = (form.get("Body") ?? "").toWellFormed();
    return {
      ok: true,
      messages: [{ providerMessageId: sid ?? "", from: from ?? "", text, providerTime: null }],
    };
  },
};
