import { z } from "zod";
import type { InboundMedia } from "../channel.ts";

/** More than any channel puts into one message. */
const MAX_MEDIA = 32;
const MAX_TEXT = 2_048;

const KINDS = ["image", "audio", "video", "document", "sticker", "location", "contact"] as const;

const WORDS = z
  .string({ error: "must be a text" })
  .max(MAX_TEXT, `must be ${MAX_TEXT} characters at most`)
  .transform((text) => text.toWellFormed().replaceAll("\0", "\uFFFD"))
  .nullish();

const ITEM = z
  .looseObject(
    {
      // An unknown kind is judged by its content type, so that a new kind of the caller loses no message.
      kind: z.enum(KINDS).optional().catch(undefined),
      content_type: WORDS,
      url: WORDS,
      name: WORDS,
    },
    { error: "must be an object with kind, content_type, url and name, as far as they are known" },
  )
  .transform(({ kind, content_type: contentType, url, name }): InboundMedia => ({
    kind: kind ?? kindOf(contentType ?? ""),
    contentType: contentType ?? null,
    ref: url ?? null,
    name: name ?? null,
  }));

export const MEDIA = z
  .array(ITEM, { error: "must be a list of what the message shows" })
  .max(MAX_MEDIA, `must be ${MAX_MEDIA} items at most`);

function kindOf(contentType: string): InboundMedia["kind"] {
  const [type] = contentType.toLowerCase().split("/");
  return type === "image" || type === "audio" || type === "video" ? type : "document";
}
