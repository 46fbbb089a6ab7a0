import { createElement as el } from "./element.ts";
import { createLayout } from "./layout.ts";
import { createMarkedText, type Mark } from "./marks.ts";
import type { Texts } from "./texts.ts";

/** Closer to the end than this counts as reading the end. */
const NEAR_END_PX = 80;

export interface Words {
  text: string;
  /** Absent where a text has none. */
  marks?: readonly Mark[];
}

/** What the visitor sees. It knows nothing of the server. */
export function createView(texts: Texts, title: string) {
  const layout = createLayout(texts, title);
  const { badge, launcher, log, pending, scroll, typing, notice, input, panel } = layout;
  let typingTimer: ReturnType<typeof setTimeout> | undefined;

  /** Keeps the end in view unless the visitor has scrolled up to read. */
  function append(parent: HTMLElement, row: HTMLElement): void {
    const isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END_PX;
    parent.append(row);
    layout.empty.hidden = true;
    if (isAtEnd) scroll.scrollTop = scroll.scrollHeight;
  }

  function createBubble(author: string, { text, marks = [] }: Words, ...below: HTMLElement[]): HTMLElement {
    const name = el("span", { className: "unseen" }, `${author}: `);
    const bubble = el("p", { className: "bubble" }, name, ...createMarkedText(text, marks));
    return el("div", { className: "row" }, bubble, ...below);
  }

  function showTyping(seconds: number): void {
    clearTimeout(typingTimer);
    typing.replaceChildren();
    if (seconds === 0) return;
    const dots = el("span", { "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    typing.append(dots, `${texts.assistant} ${texts.typing}`);
    typingTimer = setTimeout(showTyping, seconds * 1000, 0);
  }

  return {
    ...layout,
    showTyping,
    isOpen: () => !panel.hidden,
    setOpen(isOpen: boolean): void {
      panel.hidden = !isOpen;
      launcher.hidden = isOpen;
      launcher.ariaExpanded = String(isOpen);
      if (isOpen) scroll.scrollTop = scroll.scrollHeight;
      (isOpen ? input : launcher).focus();
    },
    /** A message of the visitor; `state` says below it what became of it. */
    showOwn(text: string): { row: HTMLElement; state: HTMLElement } {
      const state = el("p", { className: "small", textContent: texts.sending });
      const row = createBubble(texts.you, { text }, state);
      row.classList.add("own");
      append(pending, row);
      return { row, state };
    },
    showReply(author: "assistant" | "agent", words: Words, below: string): void {
      const note = below === "" ? [] : [el("p", { className: "small", textContent: below })];
      append(log, createBubble(texts[author], words, ...note));
    },
    showStatus(text: string): void {
      append(log, el("p", { className: "note", textContent: text }));
    },
    showUnread(count: number): void {
      badge.textContent = texts.unread(count);
      badge.hidden = count === 0;
    },
    /** An empty text hides the notice. */
    showNotice(text: string): void {
      notice.textContent = text;
      notice.hidden = text === "";
    },
  };
}

export type View = ReturnType<typeof createView>;
