import {
  lineSignature,
  metaSignature,
  slackSignature,
  standardWebhookSignature,
  telegramSignature,
  twilioSignature,
  type VendorSignature,
} from "../../../support/channels/vendor-signature.ts";
import type { RecognisedBody } from "./recognise-body.ts";

const SIGNATURES: Readonly<Record<string, VendorSignature>> = Object.freeze({
  whatsapp: metaSignature,
  messenger: metaSignature,
  instagram: metaSignature,
  telegram: telegramSignature,
  slack: slackSignature,
  line: lineSignature,
  "twilio-sms": twilioSignature,
  "twilio-whatsapp": twilioSignature,
  webhook: standardWebhookSignature,
});

/** What the replayed accounts are signed with. */
export function replaySecret(channel: string): string {
  return channel === "webhook" ? `whsec_${Buffer.alloc(32, "r").toString("base64")}` : "replay-secret";
}

/** The headers as the vendor would have sent them just now; recorded ones are mostly left out, and old by now. */
export function signHeaders(
  { channel, wire }: RecognisedBody,
  { url, id }: { url: string; id: string },
): Record<string, string> {
  const signature = SIGNATURES[channel];
  if (signature === undefined) throw new Error(`There is no signature for the channel ${channel}.`);
  return signature({ url, rawBody: Buffer.from(wire), secret: replaySecret(channel), at: new Date(), id });
}
