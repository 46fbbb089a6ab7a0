import { z } from "zod";
import type { InboundIgnored, InboundMedia, MessageTreatment, TextOrigin } from "../channel.ts";
import { STORED_TEXT, ignoreEvent } from "../json-body.ts";
import { namesUnder } from "../kinds/kind-table.ts";
import { WHATSAPP_KINDS } from "../kinds/whatsapp-kinds.ts";
import { META_ID } from "../meta/meta-body.ts";
import {
  explain,
  whatsappForm,
  whatsappOrder,
  whatsappUnsupported,
  type Wordless,
} from "./whatsapp-wordless.ts";

/** The content of a message of any kind. */
interface Content {
  text: string;
  origin: TextOrigin;
  media: InboundMedia[];
  treatment?: MessageTreatment;
}

export type ContentVerdict =
  | ({ kind: "content" } & Content)
  | InboundIgnored
  /** A known kind with an unusable field. */
  | { kind: "broken"; error: z.ZodError };

const textContent = (text: string, origin: TextOrigin): Content => ({ text, origin, media: [] });
const mediaContent = (media: InboundMedia): Content => ({ text: "", origin: "caption", media: [media] });

function mediaReader(kind: InboundMedia["kind"]) {
  const file = z.looseObject(
    {
      id: META_ID,
      mime_type: STORED_TEXT.nullish(),
      caption: STORED_TEXT.nullish(),
      filename: STORED_TEXT.nullish(),
    },
    { error: "must be an object with the media's id" },
  );
  return file.transform(({ id, mime_type: contentType, caption, filename }): Content => {
    const media = { kind, contentType: contentType ?? null, ref: id, name: filename ?? null };
    return { text: caption ?? "", origin: "caption", media: [media] };
  });
}

const LOCATION = z
  .looseObject(
    {
      latitude: z.number({ error: "must be a number" }),
      longitude: z.number({ error: "must be a number" }),
      name: STORED_TEXT.nullish(),
    },
    { error: "must be an object with latitude and longitude" },
  )
  .transform(({ latitude, longitude, name }) => {
    // RFC 5870: the standard form of a place as a reference.
    const ref = `geo:${latitude},${longitude}`;
    return mediaContent({ kind: "location", contentType: null, ref, name: name ?? null });
  });

const CONTACT = z
  .looseObject({ name: z.looseObject({ formatted_name: STORED_TEXT }) })
  .optional()
  .catch(undefined);
const CONTACTS = z.array(CONTACT, { error: "must be a list of contacts" }).transform((contacts): Content => {
  const media = contacts.map((contact) => {
    const name = contact?.name.formatted_name ?? null;
    return { kind: "contact", contentType: null, ref: null, name } as const;
  });
  return { text: "", origin: "caption", media };
});

const REPLY = z.looseObject({ title: STORED_TEXT }).optional().catch(undefined);
const INTERACTIVE = z.looseObject({ type: z.string(), button_reply: REPLY, list_reply: REPLY });

/** Readers by the message's `type`. The content is always in a field of the same name. */
const READERS: Readonly<Record<string, z.ZodType<Content>>> = Object.freeze({
  text: z
    .looseObject({ body: STORED_TEXT }, { error: "must be an object with body" })
    .transform(({ body }) => textContent(body, "typed")),
  button: z
    .looseObject({ text: STORED_TEXT }, { error: "must be an object with text" })
    .transform(({ text }) => textContent(text, "press")),
  image: mediaReader("image"),
  video: mediaReader("video"),
  audio: mediaReader("audio"),
  document: mediaReader("document"),
  sticker: mediaReader("sticker"),
  location: LOCATION,
  contacts: CONTACTS,
});

const WORDLESS: Readonly<Record<string, (content: unknown) => Wordless | InboundIgnored>> = Object.freeze({
  interactive: readInteractive,
  order: whatsappOrder,
  unsupported: whatsappUnsupported,
});

/** Types of messages that need no answer. */
const NOT_ANSWERED = new Set(namesUnder(WHATSAPP_KINDS, "messages"));

export function whatsappContent(
  message: Readonly<Record<string, unknown>> & { type: string },
): ContentVerdict {
  const { type } = message;
  const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (reader !== undefined) {
    const content = reader.safeParse(message[type]);
    return content.success ? { kind: "content", ...content.data } : { kind: "broken", error: content.error };
  }
  if (NOT_ANSWERED.has(type)) return ignoreEvent(type);
  const read = Object.hasOwn(WORDLESS, type) ? WORDLESS[type] : undefined;
  return toVerdict(read === undefined ? explain("unknown message", type) : read(message[type]));
}

function toVerdict(read: Wordless | InboundIgnored): ContentVerdict {
  if (read.kind === "ignored") return read;
  const { kind: _kind, ...content } = read;
  return { kind: "content", media: [], ...content };
}

/** The text of a pressed button or chosen row is its title. */
function readInteractive(interactive: unknown): Wordless | InboundIgnored {
  const parsed = INTERACTIVE.safeParse(interactive);
  if (!parsed.success) return explain("choice");
  const { type, button_reply: button, list_reply: row } = parsed.data;
  if (type === "nfm_reply") return whatsappForm(parsed.data["nfm_reply"]);
  const title = (button ?? row)?.title;
  if (title !== undefined) return { kind: "wordless", text: title, origin: "press" };
  return NOT_ANSWERED.has(`interactive.${type}`)
    ? ignoreEvent(`interactive.${type}`)
    : explain("choice", type);
}
