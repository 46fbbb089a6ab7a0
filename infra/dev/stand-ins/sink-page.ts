import type { SunkMessage } from "./webhook-sink.ts";

/** The last deliveries as a plain page: no script, nothing from outside, every value escaped. */
export function sinkPage(messages: readonly SunkMessage[]): string {
  const rows = messages.map((message) => {
    const { to, text } = replyOf(message.body);
    const mark = message.signatureOk ? "valid" : "NOT VALID";
    const cells = [message.time.slice(11, 23), to, text, mark, message.duplicate ? "repeated" : "first"];
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>Parley: webhook sink</title>
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem;max-width:70rem}table{border-collapse:collapse}td,th{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884;vertical-align:top}</style>
<h1>Replies that reached the webhook sink</h1>
<p>The last ${messages.length} of them, newest first. Signatures are checked with the published standardwebhooks package.</p>
<table><thead><tr><th>Time (UTC)<th>To<th>Text<th>Signature<th>Delivery</tr></thead><tbody>${rows.join("")}</tbody></table></html>`;
}

function replyOf(body: string): { to: string; text: string } {
  try {
    const { data } = JSON.parse(body) as { data?: { to?: unknown; text?: unknown } };
    return { to: String(data?.to ?? ""), text: String(data?.text ?? "") };
  } catch {
    return { to: "", text: body.slice(0, 500) };
  }
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
