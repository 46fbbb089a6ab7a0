import { createHash, timingSafeEqual } from "node:crypto";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import { matchMetaSecret } from "../../../infra/runtime/signatures/meta-signature.ts";
import type { Acknowledgement, InboundRequest, SignatureVerdict } from "../channel.ts";

const META_ACKNOWLEDGEMENT: Acknowledgement = Object.freeze({
  status: 200,
  contentType: "text/plain",
  body: "EVENT_RECEIVED",
});

/** `GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…`: the response is the challenge if the token is the account's. */
function metaHandshake({ url }: InboundRequest, account: ChannelAccount): Acknowledgement | null {
  const query = new URL(url).searchParams;
  const challenge = query.get("hub.challenge");
  const isAsked = query.get("hub.mode") === "subscribe" && challenge !== null && challenge !== "";
  const isKnown = isSameToken(query.get("hub.verify_token"), account.secrets.handshake);
  return isAsked && isKnown ? { status: 200, contentType: "text/plain", body: challenge } : null;
}

function verifyMeta({ headers, rawBody }: InboundRequest, account: ChannelAccount): SignatureVerdict {
  const signature = headers["x-hub-signature-256"];
  if (Array.isArray(signature))
    return { ok: false, code: "header_repeated", detail: "X-Hub-Signature-256 may be there once." };
  if (!signature)
    return { ok: false, code: "signature_missing", detail: "The header X-Hub-Signature-256 is needed." };
  const secretIndex = matchMetaSecret({ rawBody, signature, secrets: account.secrets.inbound });
  if (secretIndex >= 0) return { ok: true, secretIndex };
  const detail =
    "X-Hub-Signature-256 does not match: check the app secret, and that the raw bytes of the body arrive unchanged.";
  return { ok: false, code: "signature_invalid", detail };
}

/** WhatsApp, Messenger and Instagram have the same handshake, signature and acknowledgement. */
export const META_EDGE = {
  acknowledgement: META_ACKNOWLEDGEMENT,
  handshake: metaHandshake,
  verify: verifyMeta,
};

/** Digests are compared, so that the duration of the comparison shows neither the text nor the length of the right token. */
function isSameToken(given: string | null, expected: string | undefined): boolean {
  if (given === null || expected === undefined || expected === "") return false;
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
