import type { ServerEvent } from "./event-stream.ts";
import { createOwnMessages } from "./own-messages.ts";
import { createPauses } from "./pauses.ts";
import { createReplies, type ReplyPart } from "./replies.ts";
import { createSendQueue } from "./send-queue.ts";
import { createSession } from "./session.ts";
import { createStorage } from "./storage.ts";
import { createStream } from "./stream.ts";
import { chooseTexts } from "./texts.ts";
import { createView, type View } from "./view.ts";

declare global {
  interface Window {
    parleyChat?: { open(): void; close(): void };
  }
}

/** After this long without a reply the assistant is no longer shown as writing. */
const TYPING_S = 20;

const script = document.currentScript;
// A page that has the script twice gets one widget.
if (script instanceof HTMLScriptElement && window.parleyChat === undefined) startWidget(script);

function startWidget({ src, dataset }: HTMLScriptElement): void {
  const { account = "main", lang, sessionUrl } = dataset;
  const base = new URL(src).origin;
  const texts = chooseTexts(lang || document.documentElement.lang || navigator.language);
  const view = createView(texts, dataset["title"] || texts.title);
  const storage = createStorage(base, account);
  const session = createSession({ base, account, sessionUrl, storage });
  const pauses = createPauses();
  const messages = createOwnMessages(view, texts, (id, text) => queue.send(text, id));
  const queue = createSendQueue({ session, storage, pauses, messages });
  const replies = createReplies(view, texts, session);
  const stream = createStream({
    session,
    pauses,
    onEvent,
    onState: (state) => view.showNotice(state === "connected" ? "" : texts[state]),
  });
  let isReady = false;

  function onEvent({ name, data, seq }: ServerEvent): void {
    // Its text was erased.
    if ((data as { text?: null }).text === null) return;
    if (name === "message") {
      const { id, text } = data as { id: string; text: string };
      messages.confirm(id, text);
    } else if (name === "reply") {
      view.showTyping(0);
      messages.clearSent();
      replies.show(data as ReplyPart, seq, { isNew: isReady });
    } else if (name === "status") {
      const { status } = data as { status: string };
      if (status === "agent_joined" || status === "agent_left") view.showStatus(texts[status]);
    } else if (name === "typing") view.showTyping(TYPING_S);
    else if (name === "ready") {
      isReady = true;
      view.log.ariaBusy = "false";
    }
  }

  function setOpen(isOpen: boolean): void {
    view.setOpen(isOpen);
    storage.writeOpen(isOpen);
    if (!isOpen) return;
    replies.clearUnread();
    replies.report();
    void stream.listen();
  }

  function begin(): void {
    document.body.append(view.host);
    if (storage.wasOpen()) setOpen(true);
    if (queue.resume()) void stream.listen();
    window.parleyChat = { open: () => setOpen(true), close: () => setOpen(false) };
  }

  listenToVisitor(view, { setOpen, send: (text) => queue.send(text) });
  addEventListener("online", pauses.wakeUp);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    pauses.wakeUp();
    replies.report();
  });
  // A script in the head runs before the body exists.
  if (document.body === null) addEventListener("DOMContentLoaded", begin);
  else begin();
}

function listenToVisitor(
  { launcher, close, panel, input, form }: View,
  { setOpen, send }: { setOpen(isOpen: boolean): void; send(text: string): void },
): void {
  launcher.addEventListener("click", () => setOpen(true));
  close.addEventListener("click", () => setOpen(false));
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) setOpen(false);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    input.value = "";
    input.focus();
    if (text !== "") send(text);
  });
}
