import type { MessageForm } from "./message-form.ts";
import type { MessageStore } from "./message-store.ts";
import { templateText } from "./template-text.ts";
import type { TwilioRefusal } from "./twilio-error.ts";

/** A number, or on WhatsApp a business-scoped user id. */
const ADDRESS = /^((whatsapp:|rcs:)?\+[1-9]\d{6,14}|whatsapp:[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128})$/;
const CONTENT_SID = /^HX[0-9a-f]{32}$/i;
const MAX_CHARACTERS = 1_600;

/** The error with which Twilio refuses the message, or null. */
export function messageRefusal(form: MessageForm, store: MessageStore): TwilioRefusal | null {
  return addressRefusal(form) ?? contentRefusal(form) ?? recipientRefusal(form, store);
}

function addressRefusal({
  To: to,
  From: from,
  MessagingServiceSid: service,
}: MessageForm): TwilioRefusal | null {
  if (to === "") return bad(21604, "A 'To' phone number is required.");
  if (from === "" && service === "") return bad(21603, "A 'From' phone number is required.");
  if (!ADDRESS.test(to)) return bad(21211, `Invalid 'To' Phone Number: ${to}`);
  if (from !== "" && channelOf(from) !== channelOf(to))
    return bad(21910, "'From' and 'To' must be addresses of the same channel.");
  return null;
}

function contentRefusal({
  Body: body,
  ContentSid: sid,
  ContentVariables: variables,
}: MessageForm): TwilioRefusal | null {
  if (sid === "" && variables !== "") return bad(21654, "ContentVariables need a ContentSid.");
  if (sid !== "" && !CONTENT_SID.test(sid)) return bad(21655, "The ContentSid is invalid.");
  if (templateText(variables) === null) return bad(21656, "The ContentVariables parameter is invalid.");
  if (sid === "" && body === "") return bad(21602, "Message body is required.");
  if (body.length > MAX_CHARACTERS)
    return bad(21617, `The concatenated message body exceeds the ${MAX_CHARACTERS} character limit.`);
  return null;
}

function recipientRefusal(
  { To: to, ContentSid: sid }: MessageForm,
  store: MessageStore,
): TwilioRefusal | null {
  if (store.hasOptedOut(to)) return bad(21610, "Attempt to send to unsubscribed recipient.");
  // Twilio itself usually reports this later, in a status callback.
  if (sid === "" && channelOf(to) === "whatsapp" && store.isWindowClosed(to))
    return bad(63016, "Free text is not allowed outside the window; use a template.");
  return null;
}

function channelOf(address: string): string {
  return /^(\w+):/.exec(address)?.[1] ?? "sms";
}

function bad(code: number, message: string): TwilioRefusal {
  return { status: 400, code, message };
}
