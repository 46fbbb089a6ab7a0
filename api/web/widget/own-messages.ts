import { createElement } from "./element.ts";
import type { Texts } from "./texts.ts";
import type { View } from "./view.ts";

interface OwnMessage {
  row: HTMLElement;
  state: HTMLElement;
  text: string;
}

/**
 * The visitor's messages on the page, by id.
 *
 *   sending -> sent      the server has it
 *   sending -> failed    the server will never accept it
 *   failed  -> sending   the visitor retries
 */
export function createOwnMessages(view: View, texts: Texts, onRetry: (id: string, text: string) => void) {
  const messages = new Map<string, OwnMessage>();
  let lastSent: HTMLElement | null = null;

  function show(id: string, text: string): OwnMessage {
    const message = { ...view.showOwn(text), text };
    messages.set(id, message);
    return message;
  }

  /** Only the last message that was sent is marked. */
  function markSent(id: string): void {
    clearSent();
    lastSent = messages.get(id)?.state ?? null;
    lastSent?.replaceChildren(texts.sent);
  }

  function clearSent(): void {
    lastSent?.replaceChildren();
    lastSent = null;
  }

  return {
    show,
    markSent,
    clearSent,
    /** The stream has the message: it gets its final place in the log. */
    confirm(id: string, text: string): void {
      const { row } = messages.get(id) ?? show(id, text);
      view.log.append(row);
      markSent(id);
    },
    markFailed(id: string): void {
      const message = messages.get(id);
      if (message === undefined) return;
      const retry = createElement("button", { type: "button", textContent: texts.retry });
      retry.addEventListener("click", () => {
        message.row.remove();
        onRetry(id, message.text);
        view.input.focus();
      });
      message.state.className = "small warn";
      message.state.replaceChildren(texts.failed, " ", retry);
    },
  };
}

export type OwnMessages = ReturnType<typeof createOwnMessages>;
