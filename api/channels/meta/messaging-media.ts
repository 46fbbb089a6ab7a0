import { z } from "zod";
import type { InboundMedia } from "../channel.ts";
import { STORED_TEXT } from "../json-body.ts";

const NUMBER = z.number().optional().catch(undefined);
const WORDS = STORED_TEXT.optional().catch(undefined);

/** What cannot be read of an attachment is left out: the words beside it are worth more than its shape. */
const ATTACHMENT = z.looseObject({
  type: z.string(),
  payload: z
    .looseObject({
      url: WORDS,
      title: WORDS,
      sticker_id: z.unknown().optional(),
      coordinates: z.looseObject({ lat: NUMBER, long: NUMBER }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/**
 * By the attachment's `type`. Shared posts and stories are pictures as a rule; the type of the content is known once it is fetched.
 * Not here: templates, link previews ("fallback", whose link stands in the text) and what Meta hides from us ("ephemeral").
 */
const KINDS: Readonly<Record<string, InboundMedia["kind"]>> = Object.freeze({
  image: "image",
  video: "video",
  audio: "audio",
  file: "document",
  location: "location",
  share: "image",
  post: "image",
  ig_post: "image",
  ig_story: "image",
  story_mention: "image",
  reel: "video",
  ig_reel: "video",
});

/** Null for an attachment that holds nothing to show. */
export function messagingMedia(attachment: unknown): InboundMedia | null {
  const parsed = ATTACHMENT.safeParse(attachment);
  if (!parsed.success) return null;
  const { type, payload } = parsed.data;
  if (!Object.hasOwn(KINDS, type)) return null;
  const kind = KINDS[type] ?? "document";
  const { url, title: name = null, coordinates, sticker_id: sticker } = payload ?? {};
  if (kind === "location") return { kind, contentType: null, ref: placeOf(coordinates), name };
  const mediaKind = sticker === undefined || sticker === null ? kind : "sticker";
  return { kind: mediaKind, contentType: null, ref: url ?? null, name };
}

/** RFC 5870: the one way to write a place as a reference. */
function placeOf({ lat, long }: { lat?: number | undefined; long?: number | undefined } = {}): string | null {
  return lat === undefined || long === undefined ? null : `geo:${lat},${long}`;
}
