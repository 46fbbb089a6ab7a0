import { z } from "zod";
import type { InboundMedia, MessageTreatment } from "../channel.ts";
import { STORED_TEXT } from "../json-body.ts";
import { formatPlaceholder, joinLines } from "../placeholder.ts";
import { messagingMedia } from "./messaging-media.ts";

/** What attachments give to a message. Without a treatment their words are answered. */
export interface AttachedContent {
  media: InboundMedia[];
  /** Placeholders, with the words that the attachments hold. */
  text: string;
  treatment?: MessageTreatment;
}

const WORD = STORED_TEXT.nullish().catch(null);
const TITLED = z.looseObject({ title: WORD });
const ELEMENTS = z.array(TITLED).optional().catch(undefined);
const PAYLOAD = z.looseObject({
  url: WORD,
  title: WORD,
  text: WORD,
  status: WORD,
  start_time: z.number().optional().catch(undefined),
  elements: ELEMENTS,
  product: z.looseObject({ elements: ELEMENTS }).optional().catch(undefined),
});
const ATTACHMENT = z.looseObject({
  type: z.string(),
  // Older link previews have these next to the payload.
  title: WORD,
  url: WORD,
  payload: PAYLOAD.nullish().catch(null),
});
type Attachment = z.infer<typeof ATTACHMENT>;

/** `hasText`: the message has a text of the contact, which holds the link of a preview already. */
export function readAttachments(attachments: readonly unknown[], hasText: boolean): AttachedContent {
  const media = attachments.flatMap((attachment) => messagingMedia(attachment) ?? []);
  const others = attachments
    .filter((attachment) => messagingMedia(attachment) === null)
    .map((attachment) => describe(ATTACHMENT.safeParse(attachment).data, hasText))
    // A line after the words of the contact would make another text of "stop".
    .filter((other) => !hasText || other.treatment !== "explain");
  const text = joinLines(...others.map((other) => other.text));
  const treatment = others.find((other) => other.treatment === "hand_over")?.treatment;
  if (treatment !== undefined) return { media, text, treatment };
  const hasWords = others.some((other) => other.text !== "" && other.treatment === undefined);
  return hasText || hasWords || text === "" ? { media, text } : { media, text, treatment: "explain" };
}

interface Described {
  text: string;
  treatment?: MessageTreatment;
}

function describe(attachment: Attachment | undefined, hasText: boolean): Described {
  if (attachment === undefined) return explain("attachment");
  const { type, payload } = attachment;
  switch (type) {
    case "fallback": {
      if (hasText) return { text: "" };
      const url = payload?.url ?? attachment.url;
      const title = payload?.title ?? attachment.title;
      if (!url && !title) return explain("link");
      return { text: joinLines(formatPlaceholder("link", title), url) };
    }
    case "template":
      return describeTemplate(payload);
    case "appointment_booking":
      return { text: formatPlaceholder("appointment", whenOf(payload)), treatment: "hand_over" };
    case "ephemeral":
      return explain("view-once picture");
    case "like_heart":
      return explain("heart");
    case "unsupported_type":
      return explain("unsupported message");
    default:
      return explain("attachment", type);
  }
}

/** A card that the contact passes on, such as a product of the page. */
function describeTemplate(payload: Attachment["payload"]): Described {
  const elements = payload?.product?.elements ?? payload?.elements ?? [];
  const titles = elements.map(({ title }) => title).filter((title) => Boolean(title));
  const words = titles.length > 0 ? titles.join(", ") : (payload?.title ?? payload?.text);
  return words ? { text: formatPlaceholder("product", words) } : explain("card");
}

function whenOf(payload: Attachment["payload"]): string | null {
  const { start_time: start, status } = payload ?? {};
  // Seconds since 1970. A time beyond the range of dates has no ISO form.
  const date = start === undefined ? null : new Date(start * 1_000);
  const time = date === null || Number.isNaN(date.getTime()) ? null : date.toISOString();
  return [status, time].filter((word) => Boolean(word)).join(" ");
}

function explain(what: string, detail?: string): Described {
  return { text: formatPlaceholder(what, detail?.replaceAll(/[^\w.-]/g, " ")), treatment: "explain" };
}
