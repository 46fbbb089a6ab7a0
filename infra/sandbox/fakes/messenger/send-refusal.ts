import type { SentMessages } from "../server/sent-messages.ts";
import type { GraphRefusal } from "../meta/graph-error.ts";
import type { SendForm } from "./send-form.ts";

export type Product = "messenger" | "instagram";

/** Marks of a contact: blocked us, wrote more than a day ago, wrote more than seven days ago. */
export const MARKS = ["blocked", "window-closed", "human-window-closed"] as const;

const TYPES = new Set(["RESPONSE", "UPDATE", "MESSAGE_TAG"]);
const ACTIONS = new Set(["typing_on", "typing_off", "mark_seen"]);

/** The error with which Meta refuses the send, or null. */
export function sendRefusal(form: SendForm, product: Product, store: SentMessages): GraphRefusal | null {
  return formRefusal(form, product) ?? recipientRefusal(form, product, store);
}

function formRefusal({ recipient, ...form }: SendForm, product: Product): GraphRefusal | null {
  const { message, sender_action: action, messaging_type: type, tag } = form;
  if (recipient.id === "") return bad("(#100) Param recipient must be given.");
  if (message !== undefined && action !== "")
    return bad("(#100) Send a message or a sender action, not both.");
  if (action !== "") return ACTIONS.has(action) ? null : bad(`(#100) Unknown sender action ${action}.`);
  if (message === undefined || message.text === "")
    return bad("(#100) Param message[text] must not be empty.");
  if (!TYPES.has(type)) return bad("(#100) Param messaging_type must be given.");
  if (type === "MESSAGE_TAG" && tag !== "HUMAN_AGENT") return bad("(#100) Param tag must be a known tag.");
  return tooLong(message.text, product);
}

/** Messenger counts characters, Instagram bytes. */
function tooLong(text: string, product: Product): GraphRefusal | null {
  if (product === "messenger" && text.length > 2_000)
    return bad("(#100) Param message[text] may have 2000 characters at most.");
  if (product === "instagram" && Buffer.byteLength(text) > 1_000)
    return bad("(#100) Param message[text] may have 1000 bytes at most.");
  return null;
}

function recipientRefusal(
  { recipient: { id }, sender_action: action, tag }: SendForm,
  product: Product,
  store: SentMessages,
): GraphRefusal | null {
  if (!/^\d{1,20}$/.test(id)) return { ...bad("(#100) No matching user found."), subcode: 2018001 };
  if (store.isMarked("blocked", id))
    return {
      status: 400,
      code: 551,
      subcode: 1545041,
      message: "(#551) This person isn't available right now.",
    };
  const isLate = store.isMarked("window-closed", id) && tag !== "HUMAN_AGENT";
  if (action !== "" || !(isLate || store.isMarked("human-window-closed", id))) return null;
  const subcode = product === "messenger" ? 2018278 : 2534022;
  return { status: 400, code: 10, subcode, message: "(#10) This message is sent outside of allowed window." };
}

function bad(message: string): GraphRefusal {
  return { status: 400, code: 100, message };
}
