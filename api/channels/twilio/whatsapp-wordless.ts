import type { InboundIgnored, InboundMessage } from "../channel.ts";
import { ignoreEvent } from "../json-body.ts";
import { namesUnder } from "../kinds/kind-table.ts";
import { TWILIO_WHATSAPP_KINDS } from "../kinds/twilio-kinds.ts";
import { formatForm, formatPlaceholder, joinLines } from "../placeholder.ts";
import type { TwilioForm } from "./twilio-form.ts";

/** Types of messages that need no answer. */
const NOT_ANSWERED = new Set(namesUnder(TWILIO_WHATSAPP_KINDS, "MessageType"));
/** Types whose content is in fields that are read before. */
const WITH_CONTENT = new Set([
  "",
  "text",
  "button",
  "interactive",
  "audio",
  "document",
  "image",
  "location",
  "sticker",
  "video",
]);

/** The placeholder of a WhatsApp message without a text. Without a treatment its words are answered. */
export function whatsappWordless({
  text,
}: Pick<TwilioForm, "text">): Pick<InboundMessage, "text" | "origin" | "treatment"> | InboundIgnored {
  const type = text("MessageType").toLowerCase();
  if (NOT_ANSWERED.has(type)) return ignoreEvent(`MessageType.${type}`);
  const form = text("FlowData") || text("InteractiveData");
  if (form !== "") {
    const title = formatPlaceholder("form");
    const answers = formatForm(form);
    if (answers === "") return { text: title, origin: "placeholder", treatment: "hand_over" };
    return { text: joinLines(title, answers), origin: "form" };
  }
  if (type === "order")
    return { text: formatPlaceholder("order"), origin: "placeholder", treatment: "hand_over" };
  if (WITH_CONTENT.has(type)) return { text: "", origin: "placeholder" };
  const placeholder =
    type === "unsupported"
      ? formatPlaceholder("unsupported message")
      : formatPlaceholder("unknown message", type.replaceAll(/\W/g, " "));
  return { text: placeholder, origin: "placeholder", treatment: "explain" };
}
