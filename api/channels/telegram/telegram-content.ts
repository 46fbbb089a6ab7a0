import { z } from "zod";
import type { InboundMedia, MessageTreatment, TextOrigin } from "../channel.ts";
import { STORED_TEXT } from "../json-body.ts";
import { namesUnder } from "../kinds/kind-table.ts";
import { TELEGRAM_KINDS } from "../kinds/telegram-kinds.ts";
import { formatPlaceholder } from "../placeholder.ts";
import { readWordless } from "./telegram-wordless.ts";

export type TelegramContent =
  | {
      kind: "content";
      text: string;
      origin: TextOrigin;
      media: InboundMedia | null;
      treatment?: MessageTreatment;
      /** The field of content that the placeholder is for. */
      what?: string;
    }
  /** News about the chat, written by Telegram. */
  | { kind: "nothing"; what: string }
  | { kind: "broken"; error: z.ZodError };

const FILE_ID = z
  .string({ error: "must be the file's id" })
  .min(1, "must not be empty")
  .max(256, "must be 256 characters at most")
  .refine((id) => id.isWellFormed() && !id.includes("\0"), "must be whole characters without NUL");

/** `contentType` is the type that such a file always has, where Telegram does not give it. */
function fileReader(kind: InboundMedia["kind"], contentType: string | null = null) {
  const file = z.looseObject(
    { file_id: FILE_ID, mime_type: STORED_TEXT.optional(), file_name: STORED_TEXT.optional() },
    { error: "must be an object with file_id" },
  );
  return file.transform(({ file_id: ref, mime_type: type, file_name: name }): InboundMedia => ({
    kind,
    contentType: type ?? contentType,
    ref,
    name: name ?? null,
  }));
}

const SIZES = z
  .array(z.looseObject({ file_id: FILE_ID, width: z.number().catch(0) }), {
    error: "must be a list of sizes",
  })
  .min(1, "must have at least one size")
  .transform((sizes): InboundMedia => {
    const largest = sizes.toSorted((a, b) => b.width - a.width)[0];
    // Telegram converts every photo to JPEG and does not say so.
    return { kind: "image", contentType: "image/jpeg", ref: largest?.file_id ?? null, name: null };
  });

const POINT = z.looseObject(
  {
    latitude: z.number({ error: "must be a number" }),
    longitude: z.number({ error: "must be a number" }),
  },
  { error: "must be an object with latitude and longitude" },
);

/** RFC 5870: the standard form of a place as a reference. */
function placeAt({ latitude, longitude }: z.infer<typeof POINT>, name: string | null): InboundMedia {
  return { kind: "location", contentType: null, ref: `geo:${latitude},${longitude}`, name };
}

const VENUE = z
  .looseObject(
    { location: POINT, title: STORED_TEXT },
    { error: "must be an object with location and title" },
  )
  .transform(({ location, title }) => placeAt(location, title));

const CONTACT = z
  .looseObject(
    { first_name: STORED_TEXT, last_name: STORED_TEXT.optional() },
    { error: "must be an object with first_name" },
  )
  .transform(({ first_name: first, last_name: last }): InboundMedia => {
    const name = last === undefined ? first : `${first} ${last}`;
    return { kind: "contact", contentType: null, ref: null, name };
  });

/** Messages that Telegram writes about the chat. */
const SERVICE_MESSAGES = namesUnder(TELEGRAM_KINDS, "message", ["applied", "ignored"]);

/**
 * Readers by field; the first field that is present counts. For old bots Telegram also repeats an animation as a document and a
 * venue as a location.
 */
const READERS: readonly (readonly [field: string, reader: z.ZodType<InboundMedia>])[] = Object.freeze([
  ["animation", fileReader("video")],
  ["venue", VENUE],
  ["live_photo", fileReader("video", "video/mp4")],
  ["photo", SIZES],
  ["video", fileReader("video")],
  ["video_note", fileReader("video", "video/mp4")],
  ["voice", fileReader("audio")],
  ["audio", fileReader("audio")],
  ["document", fileReader("document")],
  ["sticker", fileReader("sticker")],
  ["location", POINT.transform((point) => placeAt(point, null))],
  ["contact", CONTACT],
]);

const WORDS = z.looseObject({ text: STORED_TEXT.optional(), caption: STORED_TEXT.optional() });

/** The content of a message: its text or caption, and at most one medium; else a placeholder. */
export function telegramContent(message: Readonly<Record<string, unknown>>): TelegramContent {
  const parsedText = WORDS.safeParse(message);
  if (!parsedText.success) return { kind: "broken", error: parsedText.error };
  const text = parsedText.data.text ?? parsedText.data.caption;
  const [field, reader] = READERS.find(([name]) => message[name] !== undefined) ?? [];
  if (field === undefined || reader === undefined)
    return text === undefined ? readOther(message) : { kind: "content", text, origin: "typed", media: null };
  const parsedMedia = z.looseObject({ [field]: reader }).safeParse(message);
  if (!parsedMedia.success) return { kind: "broken", error: parsedMedia.error };
  // Next to a file Telegram calls the text a caption.
  const media = parsedMedia.data[field] as InboundMedia;
  return { kind: "content", text: text ?? "", origin: "caption", media };
}

/** Telegram adds kinds of messages each year. One that is not known yet is from a contact who waits. */
function readOther(message: Readonly<Record<string, unknown>>): TelegramContent {
  const wordless = readWordless(message);
  if (wordless !== null) return { kind: "content", media: null, origin: "placeholder", ...wordless };
  const service = SERVICE_MESSAGES.find((name) => message[name] !== undefined);
  if (service !== undefined) return { kind: "nothing", what: service };
  const text = formatPlaceholder("unknown message");
  return { kind: "content", text, origin: "placeholder", media: null, treatment: "explain", what: "unknown" };
}
