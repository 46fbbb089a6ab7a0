import pc from "picocolors";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Config } from "../../runtime/config/config.ts";
import { formatTable } from "../views/format-table.ts";

/** The addresses to try while the demo is up. */
export function printAddresses(sandbox: Sandbox, { PUBLIC_BASE_URL: url }: Config): void {
  const lines = [
    ["Start page", url, "links to all of these"],
    ["Web chat", `${url}/chat`, "write as a visitor of a shop's page"],
    ["Temporal UI", sandbox.urls.temporalUi ?? "(your own)", "each message is a workflow with its steps"],
    ["API", `${url}/docs`, "npx parley keys create me --scopes all"],
    ["Webhook sink", sandbox.urls.sink, "the webhooks that your systems would receive"],
    ["Terminal", 'npx parley send "How long are gift cards valid?"', "or: npx parley conversations list"],
  ];
  const table = formatTable(lines, { paint: (cell, { column }) => STYLES[column]?.(cell) ?? cell });
  process.stdout.write(`\n${table}\n\nAll servers stay up until Ctrl-C.\n`);
}

const STYLES = [pc.bold, null, pc.dim];
