import { postJson } from "./http.ts";
import type { Session } from "./session.ts";
import type { Texts } from "./texts.ts";
import type { View, Words } from "./view.ts";

export interface ReplyPart extends Words {
  author: "assistant" | "agent";
  part: number;
  parts: number;
  sources: string[];
}

/** Reports of replies that arrive together are sent as one. */
const REPORT_AFTER_MS = 400;
/** Sources are sorted by relevance; the later ones rarely add anything. */
const SOURCES = 2;

/** Replies on the page: how many are unread, and the receipts for the server. */
export function createReplies(view: View, texts: Texts, session: Session) {
  let unread = 0;
  let lastSeq = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Shown means delivered; read needs an open chat on a visible page. */
  function report(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const state = view.isOpen() && !document.hidden ? "read" : "delivered";
      if (lastSeq === 0) return;
      // The next report covers this one.
      session.call("receipts", postJson({ state, through_seq: lastSeq })).catch(() => undefined);
    }, REPORT_AFTER_MS);
  }

  function formatNote({ author, part, parts, sources }: ReplyPart): string {
    if (author === "agent") return texts.agent;
    if (part !== parts || sources.length === 0) return "";
    return `${texts.sources}: ${sources.slice(0, SOURCES).join(", ")}`;
  }

  return {
    report,
    /** `isNew` is false for the history that a page loads first. */
    show(reply: ReplyPart, seq: number, { isNew }: { isNew: boolean }): void {
      view.showReply(reply.author, reply, formatNote(reply));
      lastSeq = seq;
      if (isNew && !view.isOpen()) view.showUnread(++unread);
      report();
    },
    clearUnread(): void {
      unread = 0;
      view.showUnread(0);
    },
  };
}
