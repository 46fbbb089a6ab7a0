import { randomBytes } from "node:crypto";
import { jsonResponse, type FakeResponse } from "../server/response.ts";
import type { RoutedRequest } from "../server/route-table.ts";
import { MESSAGE_FORM, type MessageForm } from "./message-form.ts";
import { messageRefusal } from "./message-refusal.ts";
import { formatMessage } from "./message-resource.ts";
import type { MessageStore } from "./message-store.ts";
import { rewriteBody } from "./rewrite-body.ts";
import { templateText } from "./template-text.ts";
import { twilioError } from "./twilio-error.ts";

/** Checks a message as Twilio does, stores it and responds with 201. */
export function createMessage(store: MessageStore, { headers, body, params }: RoutedRequest): FakeResponse {
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  // Twilio reads JSON as a form without fields, so the recipient is missing.
  const form = MESSAGE_FORM.parse(isForm ? body : {});
  const refusal = messageRefusal(form, store);
  if (refusal !== null) return twilioError(refusal);
  const { ContentSid: contentSid, StatusCallback: statusCallback } = form;
  const text = contentSid === "" ? form.Body : (templateText(form.ContentVariables) ?? "");
  const message = store.accept({
    sid: `SM${randomBytes(16).toString("hex")}`,
    accountSid: params.sid ?? "",
    to: form.To,
    from: form.From || form.MessagingServiceSid,
    body: isText(form.To) ? rewriteBody(text, chooseRewriting(form, store)) : text,
    ...(contentSid === "" ? {} : { contentSid }),
    ...(statusCallback === "" ? {} : { statusCallback }),
  });
  return jsonResponse(formatMessage(message, "queued"), 201);
}

/** A messaging service encodes by default. */
function chooseRewriting(
  { SmartEncoded: asked, MessagingServiceSid: service }: MessageForm,
  store: MessageStore,
) {
  return { isTrial: store.isTrial(), isSmartEncoded: asked === "" ? service !== "" : asked === "true" };
}

function isText(to: string): boolean {
  return to.startsWith("+");
}
