import type { InboundMedia } from "../channel.ts";
import type { TwilioForm } from "./twilio-form.ts";

/** Twilio's own limit on one message. The count comes from the caller, so it must not decide how much we build. */
const MAX_MEDIA = 10;

/** `MediaUrl0`, `MediaUrl1` …, as many as `NumMedia` says. Fetching one needs the account's credentials. */
export function twilioMedia({ text }: TwilioForm): InboundMedia[] {
  const count = Math.min(Number(text("NumMedia")) || 0, MAX_MEDIA);
  return Array.from({ length: Math.max(0, Math.floor(count)) }, (_, i) => {
    const contentType = text(`MediaContentType${i}`) || null;
    return { kind: kindOf(contentType), contentType, ref: text(`MediaUrl${i}`) || null, name: null };
  });
}

function kindOf(contentType: string | null): InboundMedia["kind"] {
  const [type = "", subtype = ""] = (contentType ?? "").toLowerCase().split(/[/;]/);
  if (type === "image" || type === "audio" || type === "video") return type;
  return subtype.endsWith("vcard") ? "contact" : "document";
}
