import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";

export interface SignatureInput {
  url: string;
  rawBody: Buffer;
  secret: string;
  /** The time of the vendor. */
  at: Date;
  /** The id of the message, when the signature covers it. */
  id?: string;
}

/** Signs a request as its vendor does. It uses the packages of the vendors and plain digests, and no code of Parley. */
export type VendorSignature = (request: SignatureInput) => Record<string, string>;

export const metaSignature: VendorSignature = ({ rawBody, secret }) => ({
  "content-type": "application/json",
  "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(rawBody).digest("hex")}`,
});

export const lineSignature: VendorSignature = ({ rawBody, secret }) => ({
  "content-type": "application/json",
  "x-line-signature": createHmac("sha256", secret).update(rawBody).digest("base64"),
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

/** Slack sends events as JSON, and commands and buttons as forms. */
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
