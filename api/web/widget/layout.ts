import { createElement as el } from "./element.ts";
import { STYLE } from "./style.ts";
import type { Texts } from "./texts.ts";

const MAX_TEXT = 4_000;

/** The elements of the widget, in a shadow root that the page's own styles do not reach. */
export function createLayout(texts: Texts, title: string) {
  const badge = el("span", { hidden: true });
  const launcher = el(
    "button",
    { className: "launcher", type: "button", "aria-expanded": "false" },
    el("span", { className: "icon" }),
    el("span", { className: "unseen", textContent: texts.open }),
    badge,
  );
  const close = el("button", { type: "button", textContent: "×", "aria-label": texts.close });
  const empty = el("p", { className: "empty", textContent: texts.empty });
  const log = el("div", { role: "log", "aria-live": "polite", "aria-busy": "true" });
  const pending = el("div");
  const scroll = el(
    "div",
    { className: "scroll", tabIndex: 0, role: "group", "aria-label": texts.log },
    empty,
    log,
    pending,
  );
  const typing = el("p", { className: "typing", role: "status" });
  const notice = el("p", { className: "offline", role: "status", hidden: true });
  const input = el("textarea", { id: "text", rows: 1, maxLength: MAX_TEXT, placeholder: texts.hint });
  const form = el(
    "form",
    {},
    el("label", { className: "unseen", htmlFor: "text", textContent: texts.label }),
    input,
    el("button", { className: "send", textContent: texts.send }),
  );
  const panel = el(
    "section",
    { className: "panel", role: "dialog", "aria-label": title, hidden: true },
    el("header", {}, el("h2", { textContent: title }), close),
    scroll,
    typing,
    notice,
    form,
  );
  return {
    host: createHost(launcher, panel),
    badge,
    launcher,
    close,
    empty,
    log,
    pending,
    scroll,
    typing,
    notice,
    input,
    form,
    panel,
  };
}

function createHost(...children: Node[]): HTMLElement {
  const host = el("div", { id: "parley-chat" });
  const root = host.attachShadow({ mode: "open" });
  // A constructed sheet is no inline style, so it works under a content security policy that forbids those.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  root.append(...children);
  return host;
}
