import { z } from "zod";
import type { InboundMedia } from "../channel.ts";
import { STORED_TEXT } from "../json-body.ts";

const WORD = STORED_TEXT.nullish().catch(null);
const FILE = z.looseObject({ id: WORD, mode: WORD, mimetype: WORD, name: WORD, url_private: WORD });

const KINDS: Readonly<Record<string, InboundMedia["kind"]>> = Object.freeze({
  image: "image",
  audio: "audio",
  video: "video",
});

/** A file of a message. Unreadable files are left out, so that the text of the message is not lost. */
export function slackMedia(file: unknown): InboundMedia[] {
  const parsed = FILE.safeParse(file);
  if (!parsed.success) return [];
  const { id, mode, mimetype: type, name, url_private: url } = parsed.data;
  // The file was deleted, or is older than the workspace's plan shows.
  if (mode === "tombstone" || mode === "hidden_by_limit") return [];
  // In a shared channel the event has only the id of the file.
  const ref = url ?? id ?? null;
  if (ref === null) return [];
  const [family = ""] = (type ?? "").split("/");
  return [{ kind: KINDS[family] ?? "document", contentType: type || null, ref, name: name || null }];
}
