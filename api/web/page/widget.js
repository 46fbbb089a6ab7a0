/*
 * Parley's chat widget. Embed: <script src="https://chat.example.com/chat/widget.js" data-account="main" async></script>
 *
 * Attributes: data-account, data-title, data-lang (en, de), data-session-url (an address of your own backend that answers with a
 * session of POST /v1/web/sessions, for people whom you have signed in). Colours: --parley-accent, --parley-on-accent on the page.
 *
 * A message of the person is: sending -> sent (the server has it), or failed (the server will never take it). What is being sent is
 * kept in localStorage until the server has it, and sent again with the same id, so nothing is lost and nothing said twice.
 */
(() => {
  const script = document.currentScript;
  if (script === null || window.parleyChat !== undefined) return;
  const { account = "main", title, lang, sessionUrl } = script.dataset;
  const base = new URL(script.src).origin;

  const WORDS = {
    en: {
      title: "Chat with us",
      open: "Open chat",
      close: "Close chat",
      unread: (n) => `${n} new`,
      label: "Your message",
      hint: "Write a message",
      send: "Send",
      log: "Conversation",
      empty: "Ask us anything. You get an answer right here.",
      you: "You",
      assistant: "Assistant",
      agent: "Team",
      sources: "From",
      writing: "is writing…",
      sending: "Sending…",
      sent: "Sent",
      failed: "Not sent.",
      again: "Try again",
      offline: "No connection. Your messages are kept and sent when it is back.",
      unavailable: "The chat is not available on this page.",
      agent_joined: "Somebody of our team is here now.",
      agent_left: "The assistant answers again.",
    },
    de: {
      title: "Chatten Sie mit uns",
      open: "Chat öffnen",
      close: "Chat schließen",
      unread: (n) => `${n} neu`,
      label: "Ihre Nachricht",
      hint: "Nachricht schreiben",
      send: "Senden",
      log: "Unterhaltung",
      empty: "Fragen Sie uns. Die Antwort kommt gleich hier.",
      you: "Sie",
      assistant: "Assistent",
      agent: "Team",
      sources: "Aus",
      writing: "schreibt …",
      sending: "Wird gesendet …",
      sent: "Gesendet",
      failed: "Nicht gesendet.",
      again: "Noch einmal",
      offline: "Keine Verbindung. Ihre Nachrichten werden gesendet, sobald sie wieder da ist.",
      unavailable: "Der Chat ist auf dieser Seite nicht verfügbar.",
      agent_joined: "Jemand aus unserem Team ist jetzt da.",
      agent_left: "Der Assistent antwortet wieder.",
    },
  };
  const words = WORDS[(lang || document.documentElement.lang || navigator.language).slice(0, 2)] ?? WORDS.en;

  const STYLE = `
    :host { all: initial; --accent: var(--parley-accent, #1f5fbf); --on-accent: var(--parley-on-accent, #fff);
      --paper: #fff; --ink: #1b1f24; --soft: #5b6470; --line: #d9dee5; --theirs: #f0f2f5; --warn: #b3261e; --head: var(--accent); --on-head: var(--on-accent); color-scheme: light dark; }
    @media (prefers-color-scheme: dark) { :host { --accent: var(--parley-accent, #8ab4f8); --on-accent: var(--parley-on-accent, #10223d);
      --paper: #1a1d21; --ink: #e8eaed; --soft: #a4adb8; --line: #3a4048; --theirs: #2a2f36; --warn: #f2b8b5;
      --head: #24292f; --on-head: var(--ink); } }
    * { box-sizing: border-box; font: 15px/1.45 system-ui, sans-serif; }
    [hidden] { display: none !important; }
    .out { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    button { border: 0; background: none; color: inherit; cursor: pointer; border-radius: 10px; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    header :focus-visible { outline-color: currentColor; outline-offset: -2px; }
    .launch:focus-visible { outline-color: var(--ink); }
    textarea:focus-visible { outline-width: 2px; outline-offset: -1px; border-color: var(--accent); }
    .launch { position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; min-width: 60px; height: 60px; padding: 0 18px;
      border-radius: 30px; background: var(--accent); color: var(--on-accent); box-shadow: 0 4px 16px rgb(0 0 0 / .25);
      display: flex; align-items: center; gap: 8px; }
    .icon { width: 24px; height: 17px; border: 2.5px solid; border-radius: 5px; position: relative; top: -3px; }
    .icon::after { content: ""; position: absolute; left: 4px; top: 100%; border: solid transparent; border-width: 0 6px 6px 0;
      border-top: 8px solid currentColor; }
    .panel { position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; width: min(384px, calc(100vw - 40px));
      height: min(620px, calc(100dvh - 40px)); display: flex; flex-direction: column; overflow: hidden; background: var(--paper);
      color: var(--ink); border: 1px solid var(--line); border-radius: 16px; box-shadow: 0 12px 40px rgb(0 0 0 / .28); }
    header { display: flex; align-items: center; justify-content: space-between; padding: 10px 8px 10px 18px;
      background: var(--head); color: var(--on-head); }
    h2 { margin: 0; font-size: 16px; font-weight: 600; }
    header button { width: 40px; height: 40px; font-size: 22px; line-height: 1; }
    .scroll { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 16px; outline-offset: -3px; }
    .empty, .note { margin: 12px 0; text-align: center; text-wrap: balance; color: var(--soft); }
    .note { font-size: 13px; }
    .row { display: flex; flex-direction: column; align-items: flex-start; margin-bottom: 10px; }
    .row.own { align-items: flex-end; }
    .bubble { max-width: 85%; margin: 0; padding: 9px 13px; border-radius: 16px 16px 16px 4px; background: var(--theirs);
      white-space: pre-wrap; overflow-wrap: anywhere; }
    .own .bubble { border-radius: 16px 16px 4px 16px; background: var(--accent); color: var(--on-accent); }
    .bubble a { color: inherit; text-decoration: underline; }
    .small { margin: 3px 4px 0; font-size: 12.5px; color: var(--soft); }
    .small.warn { color: var(--warn); }
    .small button { padding: 0 4px; font-size: inherit; text-decoration: underline; }
    .writing { min-height: 26px; margin: 0; padding: 2px 18px; font-size: 13px; color: var(--soft); }
    .writing i { display: inline-block; width: 5px; height: 5px; margin-right: 3px; border-radius: 50%; background: currentColor;
      animation: dot 1.2s infinite; }
    .writing i:nth-child(2) { animation-delay: .2s; } .writing i:nth-child(3) { margin-right: 7px; animation-delay: .4s; }
    @keyframes dot { 50% { opacity: .25; } }
    .offline { margin: 0; padding: 8px 18px; font-size: 13px; color: var(--ink); background: var(--theirs); }
    form { display: flex; gap: 8px; align-items: flex-end; padding: 12px; border-top: 1px solid var(--line); }
    textarea { flex: 1; resize: none; max-height: 120px; padding: 9px 12px; border: 1px solid var(--soft); border-radius: 12px;
      background: var(--paper); color: var(--ink); field-sizing: content; min-height: 42px; }
    textarea::placeholder { color: var(--soft); opacity: 1; }
    .send { height: 42px; padding: 0 16px; background: var(--accent); color: var(--on-accent); font-weight: 600; }
    @media (max-width: 480px) { .panel { inset: 0; width: auto; height: auto; border: 0; border-radius: 0; } }
    @media (prefers-reduced-motion: reduce) { .writing i { animation: none; } }
    @media (forced-colors: active) { .bubble, .launch, .send { border: 1px solid; } }`;

  /** An element with its properties and children; text is only ever text. */
  function el(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element) element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  // --- What is on the page ---

  const host = el("div", { id: "parley-chat" });
  const root = host.attachShadow({ mode: "open" });
  // Not an inline style to a browser, so the page's content security policy may forbid those.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const badge = el("span", { hidden: true });
  const launch = el("button", { className: "launch", type: "button", "aria-expanded": "false" });
  launch.append(
    el("span", { className: "icon" }),
    el("span", { className: "out", textContent: words.open }),
    badge,
  );
  const close = el("button", { type: "button", textContent: "×", "aria-label": words.close });
  const empty = el("p", { className: "empty", textContent: words.empty });
  const log = el("div", { role: "log", "aria-live": "polite", "aria-busy": "true" });
  const waiting = el("div");
  const scroll = el("div", { className: "scroll", tabIndex: 0, role: "group", "aria-label": words.log });
  scroll.append(empty, log, waiting);
  const writing = el("p", { className: "writing", role: "status" });
  const notice = el("p", { className: "offline", role: "status", hidden: true });
  const input = el("textarea", { id: "text", rows: 1, maxLength: 4000, placeholder: words.hint });
  const form = el(
    "form",
    {},
    el("label", { className: "out", htmlFor: "text", textContent: words.label }),
    input,
    el("button", { className: "send", textContent: words.send }),
  );
  const heading = el("h2", { textContent: title || words.title });
  const panel = el("section", {
    className: "panel",
    role: "dialog",
    "aria-label": title || words.title,
    hidden: true,
  });
  panel.append(el("header", {}, heading, close), scroll, writing, notice, form);
  root.append(launch, panel);

  /** Web addresses become links, everything else stays the text that it is. */
  function withLinks(text) {
    return text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/).map((piece, i) => {
      if (i % 2 === 0 || !URL.canParse(piece)) return piece;
      return el("a", { href: piece, target: "_blank", rel: "noopener noreferrer", textContent: piece });
    });
  }

  function bubble(who, text, own = false) {
    const said = el(
      "p",
      { className: "bubble" },
      el("span", { className: "out" }, `${who}: `),
      ...withLinks(text),
    );
    return el("div", { className: own ? "row own" : "row" }, said);
  }

  /** Keeps the end in view, unless the person has scrolled up to read. */
  function show(parent, element) {
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    parent.append(element);
    empty.hidden = true;
    if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  }

  let writingTimer;
  function showWriting(seconds) {
    clearTimeout(writingTimer);
    writing.replaceChildren();
    if (seconds === 0) return;
    const dots = el("span", { "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    writing.append(dots, `${words.assistant} ${words.writing}`);
    writingTimer = setTimeout(showWriting, seconds * 1000, 0);
  }

  function showNotice(text) {
    notice.textContent = text;
    notice.hidden = text === "";
  }

  // --- What the browser remembers ---

  const KEY = `parley ${base} ${account} `;

  /** Where storage is forbidden the chat works for as long as the page is open. */
  function remember(storage, use) {
    try {
      return use(window[storage]);
    } catch {
      return null;
    }
  }
  const read = (name) => remember("localStorage", (kept) => JSON.parse(kept.getItem(KEY + name)));
  const write = (name, value) =>
    remember("localStorage", (kept) => kept.setItem(KEY + name, JSON.stringify(value)));
  const forget = (name) => remember("localStorage", (kept) => kept.removeItem(KEY + name));
  /** Each under a key of its own: two tabs do not write over each other's. */
  const unsent = () =>
    (remember("localStorage", (kept) => Object.keys(kept)) ?? [])
      .filter((key) => key.startsWith(`${KEY}unsent `))
      .map((key) => read(key.slice(KEY.length)))
      .toSorted((a, b) => a.at - b.at);

  // --- Talking with the server ---

  const sleepers = new Set();
  const wakeUp = () => sleepers.forEach((resolve) => resolve());
  const pause = (ms) =>
    new Promise((resolve) => {
      const wake = () => resolve(sleepers.delete(wake));
      sleepers.add(wake);
      if (ms !== Infinity) setTimeout(wake, ms);
    });
  /** 0.5 s, 1 s, 2 s … 15 s, each a little different: a server that comes back is not met by everybody at once. */
  const backoff = (attempt) => Math.min(15_000, 500 * 2 ** attempt) * (0.75 + Math.random() / 2);

  class Refused extends Error {
    constructor(response) {
      super(`HTTP ${response.status}`);
      this.status = response.status;
      // Too many, too slow, or a fault over there: the same request may be taken later.
      this.mayPass = response.status >= 500 || response.status === 408 || response.status === 429;
      this.afterMs = Number(response.headers.get("retry-after") ?? 0) * 1000;
    }
  }

  async function request(url, options) {
    const response = await fetch(url, { signal: AbortSignal.timeout(15_000), ...options });
    if (!response.ok) throw new Refused(response);
    return response;
  }

  const json = (body) => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

  let session = null;
  /** One session for all that the page does; asked for when it is needed, and again when it has ended. */
  function openSession() {
    session ??= getSession().catch((error) => {
      session = null;
      throw error;
    });
    return session;
  }

  async function getSession() {
    if (sessionUrl)
      return await (await request(sessionUrl, { ...json({}), credentials: "same-origin" })).json();
    const secret = read("visitor");
    const answer = await request(
      `${base}/web/${account}/sessions`,
      json(secret ? { visitor_secret: secret } : {}),
    );
    const opened = await answer.json();
    write("visitor", opened.visitor_secret);
    return opened;
  }

  async function call(path, options = {}) {
    const { token, conversation_id } = await openSession();
    const headers = { ...options.headers, authorization: `Bearer ${token}` };
    try {
      return await request(`${base}/v1/conversations/${conversation_id}/${path}`, { ...options, headers });
    } catch (error) {
      if (error.status === 401) session = null;
      throw error;
    }
  }

  // --- Messages of the person ---

  const own = new Map();
  let outbox = unsent();

  function say(text, id = newId()) {
    const message = { id, text, at: Date.now() };
    outbox.push(message);
    write(`unsent ${id}`, message);
    showOwn(id, text);
    void flush();
  }

  function newId() {
    // `crypto.randomUUID` is only there on https pages.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] % 16) + 64;
    bytes[8] = (bytes[8] % 64) + 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  function showOwn(id, text) {
    const row = bubble(words.you, text, true);
    const state = el("p", { className: "small", textContent: words.sending });
    row.append(state);
    own.set(id, { row, state, text });
    show(waiting, row);
  }

  /** Only the last one says so, and only until its answer is there. */
  let lastSent = null;
  function showSent(id) {
    lastSent?.replaceChildren();
    lastSent = own.get(id)?.state ?? null;
    lastSent?.replaceChildren(words.sent);
  }

  function showFailed(id) {
    const { row, state, text } = own.get(id);
    const again = el("button", { type: "button", textContent: words.again });
    again.addEventListener("click", () => {
      row.remove();
      say(text, id);
      input.focus();
    });
    state.className = "small warn";
    state.replaceChildren(words.failed, " ", again);
  }

  function settle(id) {
    outbox = outbox.filter((message) => message.id !== id);
    forget(`unsent ${id}`);
  }

  let flushing = false;
  /** One after the other, so that they arrive in the order in which they were written. */
  async function flush() {
    if (flushing) return;
    flushing = true;
    for (let attempt = 0; outbox.length > 0; attempt++) {
      const [{ id, text }] = outbox;
      try {
        await call("messages", json({ id, text }));
        showSent(id);
      } catch (error) {
        if (!(error instanceof Refused) || error.mayPass || (error.status === 401 && attempt < 3)) {
          await pause(Math.max(backoff(attempt), error.afterMs ?? 0));
          continue;
        }
        showFailed(id);
      }
      attempt = -1;
      settle(id);
    }
    flushing = false;
  }

  // --- The stream ---

  let lastSeq = 0;
  let unread = 0;
  let lastReply = 0;
  let readTimer;

  const on = {
    message({ id, text }) {
      if (!own.has(id)) showOwn(id, text);
      log.append(own.get(id).row);
      showSent(id);
    },
    reply({ text, author, part, parts, sources }, seq) {
      showWriting(0);
      showSent(null);
      const row = bubble(words[author], text);
      // The best two: the rest was looked at and seldom says more.
      const from = `${words.sources}: ${sources.slice(0, 2).join(", ")}`;
      const below = author === "agent" ? words.agent : part === parts && sources.length > 0 && from;
      if (below) row.append(el("p", { className: "small", textContent: below }));
      show(log, row);
      lastReply = seq;
      if (log.ariaBusy !== "true") showUnread(panel.hidden ? unread + 1 : 0);
      reportRead();
    },
    status: ({ status }) => show(log, el("p", { className: "note", textContent: words[status] ?? "" })),
    typing: () => showWriting(20),
    ready() {
      log.ariaBusy = "false";
    },
  };

  function showUnread(count) {
    unread = count;
    badge.textContent = words.unread(count);
    badge.hidden = count === 0;
  }

  /** Shown is delivered; seen is an open chat on a page that is looked at. */
  function reportRead() {
    clearTimeout(readTimer);
    readTimer = setTimeout(() => {
      const state = panel.hidden || document.hidden ? "delivered" : "read";
      if (lastReply > 0) call("receipts", json({ state, through_seq: lastReply })).catch(() => {});
    }, 400);
  }

  /** Lines of `text/event-stream`; returns why the server ended it, or undefined where the line broke. */
  async function readEvents(body, onLife) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      onLife();
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const field = (name) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
        const data = JSON.parse(field("data") ?? "{}");
        const seq = Number(field("id") ?? 0);
        if (field("event") === "end") return data.reason;
        on[field("event")]?.(data, seq);
        lastSeq = Math.max(lastSeq, seq);
      }
    }
  }

  /** Two heartbeats missed, and some more: the line is dead although nobody said so. */
  const SILENCE_MS = 40_000;

  async function listenOnce() {
    const dead = new AbortController();
    let timer;
    const onLife = () => {
      clearTimeout(timer);
      timer = setTimeout(() => dead.abort(), SILENCE_MS);
    };
    try {
      onLife();
      const headers = lastSeq > 0 ? { "last-event-id": String(lastSeq) } : {};
      const { body } = await call("stream", { headers, signal: dead.signal });
      failures = 0;
      showNotice("");
      return await readEvents(body, onLife);
    } finally {
      clearTimeout(timer);
    }
  }

  let failures = 0;
  let listening = false;
  async function listen() {
    if (listening) return;
    listening = true;
    for (;;) {
      try {
        const reason = await listenOnce();
        if (reason === "expired") session = null;
        // The visitor has many pages open: this one comes back when it is looked at.
        if (reason === "replaced") await pause(Infinity);
      } catch (error) {
        if (error instanceof Refused && !error.mayPass && error.status !== 401)
          return showNotice(words.unavailable);
        if (failures > 0) showNotice(words.offline);
      }
      await pause(backoff(failures++));
    }
  }

  // --- The person's hands ---

  function setOpen(isOpen) {
    panel.hidden = !isOpen;
    launch.hidden = isOpen;
    launch.ariaExpanded = String(isOpen);
    remember("sessionStorage", (kept) => kept.setItem(KEY, isOpen ? "open" : ""));
    if (!isOpen) launch.focus();
    else {
      showUnread(0);
      reportRead();
      scroll.scrollTop = scroll.scrollHeight;
      input.focus();
      void listen();
    }
  }

  launch.addEventListener("click", () => setOpen(true));
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
    if (text !== "") say(text);
  });
  addEventListener("online", wakeUp);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    wakeUp();
    reportRead();
  });

  function begin() {
    document.body.append(host);
    for (const { id, text } of outbox) showOwn(id, text);
    if (remember("sessionStorage", (kept) => kept.getItem(KEY)) === "open") setOpen(true);
    if (outbox.length > 0) {
      void listen();
      void flush();
    }
    window.parleyChat = { open: () => setOpen(true), close: () => setOpen(false) };
  }
  if (document.body === null) addEventListener("DOMContentLoaded", begin);
  else begin();
})();
