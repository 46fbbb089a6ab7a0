import pc from "picocolors";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Config } from "../../runtime/config/config.ts";

/** Where to go on from here, while everything is up. */
export function printAddresses(sandbox: Sandbox, { PUBLIC_BASE_URL: url }: Config): void {
  const lines = [
    ["Web chat", `${url}/chat`, "write as a visitor of a shop's page would"],
    ["Temporal UI", sandbox.urls.temporalUi ?? "(yours)", "each message is a workflow, step by step"],
    ["API", `${url}/docs`, "npx parley keys create me --scopes all"],
    ["Webhook sink", sandbox.urls.sink, "what a system of yours would receive"],
    ["Terminal", 'npx parley send "How long are gift cards valid?"', "or: npx parley conversations list"],
  ];
  const rows = lines.map(
    ([name = "", address = "", what = ""]) =>
      `${pc.bold(name.padEnd(13))} ${address.padEnd(50)} ${pc.dim(what)}`,
  );
  process.stdout.write(`\n${rows.join("\n")}\n\nEverything stays up until Ctrl-C.\n`);
}
