import { randomBytes } from "node:crypto";
import { z } from "zod";
import { jsonAnswer, type Answer } from "../server/answer.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import { messageResource } from "./message-resource.ts";
import type { MessageStore } from "./message-store.ts";
import { twilioError, type TwilioRefusal } from "./twilio-error.ts";

const FORM = z.object({
  To: z.string().default(""),
  From: z.string().default(""),
  MessagingServiceSid: z.string().default(""),
  Body: z.string().default(""),
});
type Form = z.infer<typeof FORM>;

const ADDRESS = /^(whatsapp:|rcs:)?\+[1-9]\d{6,14}$/;
const MAX_CHARACTERS = 1_600;

/** Checks as Twilio does, keeps the message, answers 201. */
export function createMessage(store: MessageStore, { headers, body, params }: RoutedRequest): Answer {
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  // Twilio reads JSON as a form without fields, and so misses the recipient.
  const form = FORM.parse(isForm ? body : {});
  const refusal = refusalOf(form, store);
  if (refusal !== null) return twilioError(refusal);
  const message = store.accept({
    sid: `SM${randomBytes(16).toString("hex")}`,
    accountSid: params.sid ?? "",
    to: form.To,
    from: form.From || form.MessagingServiceSid,
    body: form.Body,
  });
  return jsonAnswer(messageResource(message, "queued"), 201);
}

function refusalOf(form: Form, store: MessageStore): TwilioRefusal | null {
  const { To: to, From: from, MessagingServiceSid: service, Body: body } = form;
  if (to === "") return bad(21604, "A 'To' phone number is required.");
  if (from === "" && service === "") return bad(21603, "A 'From' phone number is required.");
  if (!ADDRESS.test(to)) return bad(21211, `Invalid 'To' Phone Number: ${to}`);
  if (body === "") return bad(21602, "Message body is required.");
  if (body.length > MAX_CHARACTERS)
    return bad(21617, `The concatenated message body exceeds the ${MAX_CHARACTERS} character limit.`);
  if (store.hasOptedOut(to)) return bad(21610, "Attempt to send to unsubscribed recipient.");
  return null;
}

function bad(code: number, message: string): TwilioRefusal {
  return { status: 400, code, message };
}
