import { z } from "zod";
import type { InboundMedia } from "../channel.ts";
import { STORED_TEXT } from "../json-body.ts";

const NUMBER = z.number().optional().catch(undefined);
const WORDS = STORED_TEXT.optional().catch(undefined);

/** Unreadable fields of an attachment are left out, so that the text of the message is not lost. */
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
 * Kinds by the attachment's `type`. Shared posts and stories are usually pictures, and the content type is known once they are
 * fetched. `messaging-attachment.ts` has those that are not listed.
 */
const KINDS: Readonly<Record<string, InboundMedia["kind"]>> = Object.freeze({
  image: "image",
  video: "video",
  audio: "audio",
  file: "document",
  location: "location",
  share: "image",
  media_share: "image",
  animated_media: "image",
  sticker: "sticker",
  post: "image",
  ig_post: "image",
  ig_story: "image",
  story_mention: "image",
  reel: "video",
  ig_reel: "video",
});

/** Null for an attachment without content. */
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

/** RFC 5870: the standard form of a place as a reference. */
function placeOf({ lat, long }: { lat?: number | undefined; long?: number | undefined } = {}): string | null {
  return lat === undefined || long === undefined ? null : `geo:${lat},${long}`;
}
