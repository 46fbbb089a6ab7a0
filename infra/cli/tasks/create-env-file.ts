import { readFileSync } from "node:fs";
import type { ChannelDescriptor } from "../../channels/channel-descriptor.ts";
import { listRequired } from "../../channels/channel-settings.ts";
import { createOwnSecrets, RANDOM } from "../../sandbox/sandbox-secrets.ts";

const EXAMPLE = new URL("../../../.env.example", import.meta.url);
const SECTION = /^# --- .* ---$/;
const ASSIGNMENT = /^([A-Z_]+)=(.*)$/;

/** What an installation decides in any case. Every other setting has a default that fits most of them. */
const BASICS = [
  "DATABASE_URL",
  "NODE_ENV",
  "OPENAI_API_KEY",
  "PARLEY_ADMIN_TOKEN",
  "PARLEY_BUSINESS_NAME",
  "PARLEY_ENCRYPTION_KEYS",
  "PARLEY_HASH_KEY",
  "PINECONE_API_KEY",
  "PUBLIC_BASE_URL",
  "REDIS_URL",
  "TEMPORAL_ADDRESS",
  "TEMPORAL_NAMESPACE",
];
/** Parley answers without them. */
const OPTIONAL: ReadonlySet<string> = new Set(["REDIS_URL", "PUBLIC_BASE_URL"]);

export interface EnvFile {
  text: string;
  /** Settings that the user has to fill in, in the order of the file. */
  missing: string[];
}

/** A `.env` for these channels, with new secrets. The comments and defaults come from `.env.example`. */
export function createEnvFile(channels: readonly ChannelDescriptor[]): EnvFile {
  const names = new Set([...BASICS, ...channels.flatMap(listRequired)]);
  const secrets = {
    ...createOwnSecrets("k1"),
    ...Object.assign({}, ...channels.map(createChannelSecrets)),
  } as Record<string, string>;
  const lines: string[] = [];
  const missing: string[] = [];
  let section: string | null = null;
  let comment: string[] = [];
  for (const line of readFileSync(EXAMPLE, "utf8").split("\n")) {
    const [, name, standard = ""] = ASSIGNMENT.exec(line) ?? [];
    if (SECTION.test(line)) section = line;
    else if (line.startsWith("# ")) comment.push(line);
    if (name !== undefined && names.has(name)) {
      const value = secrets[name] ?? standard;
      if (value === "" && !OPTIONAL.has(name)) missing.push(name);
      if (section !== null) lines.push(...(lines.length === 0 ? [] : [""]), section, "");
      lines.push(...comment, `${name}=${value}`);
      section = null;
    }
    if (!line.startsWith("# ") || SECTION.test(line)) comment = [];
  }
  return { text: `${lines.join("\n")}\n`, missing };
}

/** Those that this installation chooses. The others are the vendor's. */
function createChannelSecrets({ settings, sandbox }: ChannelDescriptor): Record<string, string> {
  const values = sandbox?.createSecrets(RANDOM) ?? {};
  return Object.fromEntries(Object.entries(values).filter(([name]) => settings[name]?.isOwn === true));
}
