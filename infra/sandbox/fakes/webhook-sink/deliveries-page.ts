import type { FakeResponse } from "../server/response.ts";
import type { SinkDelivery } from "./delivery-store.ts";

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2330 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .4rem .7rem; border-bottom: 1px solid #d8dde6 }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.4 ui-monospace, monospace }
.bad { color: #b00020; font-weight: 600 }
.muted { color: #5a6472 }
`;

/** A page without scripts or external assets. All content is escaped, because deliveries are untrusted. */
export function renderDeliveriesPage(deliveries: readonly SinkDelivery[]): FakeResponse {
  const rows = deliveries.map(renderRow).join("\n");
  const table =
    deliveries.length === 0
      ? '<p class="muted">Nothing has arrived yet.</p>'
      : `<table><thead><tr><th>#</th><th>Time</th><th>Hook</th><th>Signature</th><th>Body</th></tr></thead><tbody>
${rows}
</tbody></table>`;
  return {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
      "cache-control": "no-store",
    },
    body: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>Webhook deliveries</title><style>${STYLE}</style></head>
<body><h1>Webhook deliveries</h1><p class="muted">The last ${deliveries.length}, newest first; the page renews itself.</p>
${table}</body></html>
`,
  };
}

function renderRow({ seq, time, name, webhookId, signatureOk, duplicate, body }: SinkDelivery): string {
  const signature = signatureOk ? "good" : '<span class="bad">bad</span>';
  const repeated = duplicate ? ' <span class="muted">duplicate</span>' : "";
  return `<tr><td>${seq}</td><td>${escapeHtml(time)}</td><td>${escapeHtml(name)}<br><span class="muted">${escapeHtml(webhookId ?? "no webhook-id")}</span></td><td>${signature}${repeated}</td><td><pre>${escapeHtml(indentJson(body))}</pre></td></tr>`;
}

function indentJson(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
