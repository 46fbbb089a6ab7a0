import type { TextOrigin } from "../channel.ts";
import type { TwilioForm } from "./twilio-form.ts";

/** Twilio sends these with a press of a button or a row of a list, on WhatsApp and on RCS. */
const PRESS_FIELDS = ["ButtonText", "ButtonPayload", "ListId", "ListTitle"];

/** Whether the text is typed, the label of a button, or from a form (a WhatsApp flow). An MMS has no caption: its text is a message. */
export function readPress(form: TwilioForm): Extract<TextOrigin, "typed" | "press" | "form"> {
  if (PRESS_FIELDS.some((field) => form.text(field) !== "")) return "press";
  return form.text("InteractiveData") === "" ? "typed" : "form";
}

/** WhatsApp has captions. */
export function readWhatsappOrigin(form: TwilioForm): Exclude<TextOrigin, "tapback" | "placeholder"> {
  const origin = readPress(form);
  return origin === "typed" && Number(form.text("NumMedia")) > 0 ? "caption" : origin;
}
