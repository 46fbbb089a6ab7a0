/** The page sets the colours by --parley-accent and --parley-on-accent. */
export const STYLE = `
:host { all: initial; --accent: var(--parley-accent, #1f5fbf); --on-accent: var(--parley-on-accent, #fff);
  --paper: #fff; --ink: #1b1f24; --soft: #5b6470; --line: #d9dee5; --theirs: #f0f2f5; --warn: #b3261e; --head: var(--accent); --on-head: var(--on-accent); color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :host { --accent: var(--parley-accent, #8ab4f8); --on-accent: var(--parley-on-accent, #10223d);
  --paper: #1a1d21; --ink: #e8eaed; --soft: #a4adb8; --line: #3a4048; --theirs: #2a2f36; --warn: #f2b8b5;
  --head: #24292f; --on-head: var(--ink); } }
* { box-sizing: border-box; font: 15px/1.45 system-ui, sans-serif; }
[hidden] { display: none !important; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
button { border: 0; background: none; color: inherit; cursor: pointer; border-radius: 10px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
header :focus-visible { outline-color: currentColor; outline-offset: -2px; }
.launcher:focus-visible { outline-color: var(--ink); }
textarea:focus-visible { outline-width: 2px; outline-offset: -1px; border-color: var(--accent); }
.launcher { position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; min-width: 60px; height: 60px; padding: 0 18px;
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
.bubble code { font-family: ui-monospace, monospace; font-size: .92em; }
.quote { display: block; padding-left: 10px; border-left: 3px solid var(--soft); }
.small { margin: 3px 4px 0; font-size: 12.5px; color: var(--soft); }
.small.warn { color: var(--warn); }
.small button { padding: 0 4px; font-size: inherit; text-decoration: underline; }
.typing { min-height: 26px; margin: 0; padding: 2px 18px; font-size: 13px; color: var(--soft); }
.typing i { display: inline-block; width: 5px; height: 5px; margin-right: 3px; border-radius: 50%; background: currentColor;
  animation: dot 1.2s infinite; }
.typing i:nth-child(2) { animation-delay: .2s; } .typing i:nth-child(3) { margin-right: 7px; animation-delay: .4s; }
@keyframes dot { 50% { opacity: .25; } }
.offline { margin: 0; padding: 8px 18px; font-size: 13px; color: var(--ink); background: var(--theirs); }
form { display: flex; gap: 8px; align-items: flex-end; padding: 12px; border-top: 1px solid var(--line); }
textarea { flex: 1; resize: none; max-height: 120px; padding: 9px 12px; border: 1px solid var(--soft); border-radius: 12px;
  background: var(--paper); color: var(--ink); field-sizing: content; min-height: 42px; }
textarea::placeholder { color: var(--soft); opacity: 1; }
.send { height: 42px; padding: 0 16px; background: var(--accent); color: var(--on-accent); font-weight: 600; }
@media (max-width: 480px) { .panel { inset: 0; width: auto; height: auto; border: 0; border-radius: 0; } }
@media (prefers-reduced-motion: reduce) { .typing i { animation: none; } }
@media (forced-colors: active) { .bubble, .launcher, .send { border: 1px solid; } }`;
