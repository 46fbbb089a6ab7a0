const OPTIONS: Readonly<Record<string, string>> = Object.freeze({
  address: "--address",
  external_id: "--external-id",
  channel: "<channel>",
  url: "<url>",
  contact_id: "<other>",
});
const SECRETS: ReadonlySet<string> = new Set(["inbound", "outbound", "handshake"]);

/** The argument or option of a field of the REST API. */
export function nameOption([first, ...rest]: readonly PropertyKey[]): string {
  const name = String(first);
  if (SECRETS.has(name)) return `--secret-file ${name}=`;
  if (name === "secrets") return rest.length === 0 ? "--secret-file" : nameOption(rest);
  if (name === "settings") return `--settings ${rest.map(String).join(".")}`.trimEnd();
  return OPTIONS[name] ?? [name, ...rest.map(String)].join(".");
}
