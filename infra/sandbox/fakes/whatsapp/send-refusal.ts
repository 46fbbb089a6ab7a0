import { isWhatsappUserId } from "../../../channels/whatsapp.ts";
import type { GraphRefusal } from "../meta/graph-error.ts";
import type { SentMessages } from "../server/sent-messages.ts";
import { addresseeOf, type SendForm } from "./send-form.ts";
import { templateRefusal, type KnownTemplates } from "./template-refusal.ts";

/**
 * Marks of a contact: unreachable (or blocked us), wrote more than a day ago, stopped the business's templates, got too many
 * messages from this number.
 */
export const MARKS = ["unreachable", "window-closed", "opted-out", "pair-limited"] as const;
type Mark = (typeof MARKS)[number];

const MAX_CHARACTERS = 4_096;
const PHONE = /^\+?[1-9]\d{5,14}$/;

/** The error with which WhatsApp refuses the send, or null. */
export function sendRefusal(
  form: SendForm,
  store: SentMessages,
  templates: KnownTemplates | undefined,
): GraphRefusal | null {
  return formRefusal(form) ?? contentRefusal(form, templates) ?? recipientRefusal(form, store);
}

function formRefusal(form: SendForm): GraphRefusal | null {
  if (form.messaging_product !== "whatsapp")
    return createRefusal(100, "Invalid parameter", "messaging_product");
  if (!["", "individual"].includes(form.recipient_type))
    return createRefusal(131009, "Parameter value is not valid", "recipient_type");
  const addressee = addresseeOf(form);
  if (addressee === "")
    return createRefusal(131008, "Required parameter is missing", "to or recipient must be given");
  const isKnown = form.to === "" ? isWhatsappUserId(addressee) : PHONE.test(addressee);
  return isKnown
    ? null
    : createRefusal(131009, "Parameter value is not valid", form.to === "" ? "recipient" : "to");
}

function contentRefusal(
  { type, text, template }: SendForm,
  templates: KnownTemplates | undefined,
): GraphRefusal | null {
  if (type === "template" && template !== undefined) return templateRefusal(template, templates);
  if (type !== "text" && type !== "template")
    return createRefusal(
      131009,
      "Parameter value is not valid",
      `type ${JSON.stringify(type)} is not played here`,
    );
  const body = text?.body ?? "";
  if (type === "template" || body === "")
    return createRefusal(131008, "Required parameter is missing", `${type} has no content`);
  if (body.length <= MAX_CHARACTERS) return null;
  return createRefusal(
    100,
    "Invalid parameter",
    `Param text['body'] must be at most ${MAX_CHARACTERS} characters long.`,
  );
}

/** The marks that block each kind of message: free text needs an open window, a template a contact who accepts templates. */
const MARKED: readonly { mark: Mark; stops: readonly string[]; refusal: GraphRefusal }[] = [
  {
    mark: "unreachable",
    stops: ["text", "template"],
    refusal: createRefusal(131026, "Message undeliverable", "The recipient cannot be reached on WhatsApp."),
  },
  {
    mark: "pair-limited",
    stops: ["text", "template"],
    refusal: createRefusal(
      131056,
      "(Business Account, Consumer Account) pair rate limit hit",
      "Too many messages were sent from this number to the same recipient in a short time.",
    ),
  },
  {
    mark: "window-closed",
    stops: ["text"],
    refusal: createRefusal(
      131047,
      "Re-engagement message",
      "More than 24 hours have passed since the recipient last replied.",
    ),
  },
  {
    mark: "opted-out",
    stops: ["template"],
    refusal: createRefusal(
      131050,
      "Unable to deliver the message",
      "The recipient stopped marketing messages.",
    ),
  },
];

function recipientRefusal(form: SendForm, store: SentMessages): GraphRefusal | null {
  const addressee = addresseeOf(form);
  const hit = MARKED.find(({ mark, stops }) => stops.includes(form.type) && store.isMarked(mark, addressee));
  return hit?.refusal ?? null;
}

function createRefusal(code: number, title: string, details: string): GraphRefusal {
  return { status: 400, code, message: `(#${code}) ${title}`, details };
}
