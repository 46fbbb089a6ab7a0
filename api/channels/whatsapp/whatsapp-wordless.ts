import { z } from "zod";
import type { InboundIgnored, MessageTreatment, TextOrigin } from "../channel.ts";
import { STORED_TEXT, ignoreEvent } from "../json-body.ts";
import { namesUnder } from "../kinds/kind-table.ts";
import { WHATSAPP_KINDS } from "../kinds/whatsapp-kinds.ts";
import { formatForm, formatPlaceholder, joinLines } from "../placeholder.ts";

/** A placeholder for content without words. Without a treatment its words are answered. */
export interface Wordless {
  kind: "wordless";
  text: string;
  origin: TextOrigin;
  treatment?: MessageTreatment;
}

const WORD = STORED_TEXT.nullish().catch(null);
const NUMBER = z.union([z.number(), z.string()]).nullish().catch(null);
const ITEM = z.looseObject({
  product_retailer_id: WORD,
  quantity: NUMBER,
  item_price: NUMBER,
  currency: WORD,
});
const ORDER = z
  .looseObject({ text: WORD, product_items: z.array(ITEM.catch({})).catch([]) })
  .catch({ product_items: [] });

/** A cart. Its note is the only text that the contact wrote. An order needs an agent: the assistant cannot take it. */
export function whatsappOrder(order: unknown): Wordless {
  const { text, product_items: items } = ORDER.parse(order);
  const goods = items.map(
    ({ product_retailer_id: product, quantity, item_price: price, currency }) =>
      `${quantity ?? "?"} x ${product ?? "?"}${price == null ? "" : ` at ${price} ${currency ?? ""}`.trimEnd()}`,
  );
  return {
    kind: "wordless",
    text: joinLines(formatPlaceholder("order", goods.join(", ")), text),
    origin: text ? "caption" : "placeholder",
    treatment: "hand_over",
  };
}

const FORM = z
  .looseObject({ name: WORD, body: WORD, response_json: z.union([z.string(), z.unknown()]).optional() })
  .catch({});

/** A form. What the contact typed into it is answered; a form without an answer is for the agent who sent it. */
export function whatsappForm(form: unknown): Wordless {
  const { name, body, response_json: json } = FORM.parse(form);
  const answers = formatForm(typeof json === "string" ? json : JSON.stringify(json ?? null)).trim();
  // WhatsApp puts the word "Sent" there in place of a text.
  const summary = body === "Sent" ? null : body;
  const title = formatPlaceholder("form", name === "flow" ? null : name);
  if (answers === "")
    return {
      kind: "wordless",
      text: joinLines(title, summary),
      origin: "placeholder",
      treatment: "hand_over",
    };
  return { kind: "wordless", text: joinLines(title, answers), origin: "form" };
}

const HIDDEN = z.looseObject({ type: z.string().optional().catch(undefined) }).catch({});
/** Kinds of unsupported content that are no messages. */
const NO_MESSAGES = new Set(namesUnder(WHATSAPP_KINDS, "messages.unsupported"));

/** WhatsApp says which kind of content it hides, if it says anything. */
export function whatsappUnsupported(unsupported: unknown): Wordless | InboundIgnored {
  const { type } = HIDDEN.parse(unsupported);
  if (type !== undefined && NO_MESSAGES.has(type)) return ignoreEvent(`unsupported.${type}`);
  return explain("unsupported message", type === "unknown" ? undefined : type);
}

/** A type that is not known yet is from a contact who waits. */
export function explain(what: string, detail?: string): Wordless {
  const readable = detail?.replaceAll(/[^\w.-]/g, " ") ?? null;
  return {
    kind: "wordless",
    text: formatPlaceholder(what, readable),
    origin: "placeholder",
    treatment: "explain",
  };
}
