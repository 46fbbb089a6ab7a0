import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";

export interface SignatureInput {
  url: string;
  rawBody: Buffer;
  secret: string;
  /** The vendor's clock. */
  at: Date;
  /** The message's id, where it is part of what is signed. */
  id?: string;
}

/** The headers of a request as its vendor signs it. By vendors' own packages and plain digests: none of it is code of ours. */
export type VendorSignature = (request: SignatureInput) => Record<string, string>;

export const metaSignature: VendorSignature = ({ rawBody, secret }) => ({
  "content-type": "application/json",
  "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(rawBody).digest("hex")}`,
});

export const twilioSignature: VendorSignature = ({ url, rawBody, secret }) => {
  const fields = Object.fromEntries(new URLSearchParams(rawBody.toString()));
  return {
    "content-type": "application/x-www-form-urlencoded",
    "x-twilio-signature": getExpectedTwilioSignature(secret, url, fields),
  };
};

export const telegramSignature: VendorSignature = ({ secret }) => ({
  "content-type": "application/json",
  "x-telegram-bot-api-secret-token": secret,
});

/** Events come as JSON; commands and buttons as forms. */
export const slackSignature: VendorSignature = ({ rawBody, secret, at }) => {
  const stamp = String(secondsOf(at));
  const digest = createHmac("sha256", secret).update(`v0:${stamp}:`).update(rawBody).digest("hex");
  const isJson = rawBody[0] === "{".codePointAt(0);
  return {
    "content-type": isJson ? "application/json" : "application/x-www-form-urlencoded",
    "x-slack-request-timestamp": stamp,
    "x-slack-signature": `v0=${digest}`,
  };
};

export const standardWebhookSignature: VendorSignature = ({ rawBody, secret, at, id = "msg_1" }) => ({
  "content-type": "application/json",
  "webhook-id": id,
  "webhook-timestamp": String(secondsOf(at)),
  "webhook-signature": new Webhook(secret).sign(id, at, rawBody.toString()),
});

function secondsOf(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}
