import { randomBytes, randomUUID } from "node:crypto";
import { signStandardWebhook } from "../../runtime/standard-webhooks.ts";
import { signTwilioRequest } from "../../runtime/twilio-signature.ts";
import type { Config } from "../../runtime/config.ts";
import { DEFAULT_ACCOUNT } from "../configured-accounts.ts";
import type { DemoMessage } from "./read-messages.ts";

export interface Offered {
  message: DemoMessage;
  providerMessageId: string;
  /** Our clock when the request left, ms. */
  sentAt: number;
  /** What the ingress answered; 0 when it could not be reached. */
  status: number;
}

/**
 * Offers a message as its vendor does: SMS as Twilio's signed form, the rest as a signed Standard Webhook. What is not taken is
 * delivered again with the same id, as webhook senders do.
 */
export async function sendMessage(config: Config, message: DemoMessage): Promise<Offered> {
  const url = `${config.PUBLIC_BASE_URL}/webhooks/${message.channel}/${DEFAULT_ACCOUNT}`;
  const request =
    message.channel === "twilio-sms" ? twilioRequest(config, message, url) : webhookRequest(config, message);
  const { providerMessageId, body, headers } = request;
  const sentAt = Date.now();
  for (let attempt = 1; ; attempt++) {
    const status = await post(url, { headers, body });
    if (attempt === TRIES || (status !== 0 && status < 500))
      return { message, providerMessageId, sentAt, status };
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt));
  }
}

const TRIES = 8;
const RETRY_MS = 400;

async function post(
  url: string,
  request: { headers: Record<string, string>; body: string },
): Promise<number> {
  try {
    const response = await fetch(url, { method: "POST", ...request, signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

function twilioRequest(config: Config, message: DemoMessage, url: string) {
  const providerMessageId = `SM${randomBytes(16).toString("hex")}`;
  const form = new URLSearchParams({
    MessageSid: providerMessageId,
    AccountSid: config.TWILIO_ACCOUNT_SID ?? "",
    From: message.from,
    To: config.TWILIO_FROM ?? "",
    Body: message.text,
    NumMedia: "0",
    SmsStatus: "received",
  });
  const body = form.toString();
  const contentType = "application/x-www-form-urlencoded";
  const signature = signTwilioRequest({
    url,
    rawBody: Buffer.from(body),
    contentType,
    token: config.TWILIO_AUTH_TOKEN ?? "",
  });
  return {
    providerMessageId,
    body,
    headers: { "content-type": contentType, "x-twilio-signature": signature },
  };
}

function webhookRequest(config: Config, message: DemoMessage) {
  const id = `msg_${randomUUID().replaceAll("-", "")}`;
  const timestamp = Math.floor(Date.now() / 1000);
  const data = { from: message.from, text: message.text };
  const body = JSON.stringify({ type: "message.received", timestamp: new Date().toISOString(), data });
  const signature = signStandardWebhook({ id, timestamp, body, secrets: [config.WEBHOOK_SECRET ?? ""] });
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signature,
  };
  return { providerMessageId: id, body, headers };
}
