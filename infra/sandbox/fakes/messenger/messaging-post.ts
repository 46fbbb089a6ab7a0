import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Config } from "../../../runtime/config/config.ts";
import { signMetaBody } from "../../../runtime/signatures/meta-signature.ts";
import { type ReadReply, SENT_TEXT } from "../contacts/read-reply.ts";
import { createJsonPost } from "../contacts/json-post.ts";
import type { ContactMessage, SignedPost } from "../contacts/fake-contacts.ts";

/** The fields that differ between the bodies of Messenger and Instagram. */
export interface MessagingSide {
  object: "page" | "instagram";
  /** The id of the page or account. */
  ownId: string | undefined;
  secret: string | undefined;
}

/** Meta gives each contact an id per page. */
export const SCOPED_ID = { pattern: /^[1-9]\d{4,19}$/, rule: "an id of digits, such as 6000000000000001" };

/** A message as Meta posts it for Messenger and for Instagram. */
export function createMessagingPost(
  config: Config,
  { channel, from, text }: ContactMessage,
  { object, ownId, secret = "" }: MessagingSide,
): SignedPost {
  const mid = `m_${randomBytes(32).toString("base64url")}`;
  const timestamp = Date.now();
  const item = { sender: { id: from }, recipient: { id: ownId }, timestamp, message: { mid, text } };
  return createJsonPost(config, {
    channel,
    providerMessageId: mid,
    content: { object, entry: [{ id: ownId, time: timestamp, messaging: [item] }] },
    createSignatureHeaders: (rawBody) => ({ "x-hub-signature-256": signMetaBody({ rawBody, secret }) }),
  });
}

const PRODUCT = z.looseObject({ details: z.looseObject({ product: z.enum(["messenger", "instagram"]) }) });

/** One fake plays both products, and keeps the product of each message. */
export const readMessagingReply: ReadReply = (entry) => ({
  channel: PRODUCT.parse(entry).details.product,
  ...SENT_TEXT.parse(entry),
});
