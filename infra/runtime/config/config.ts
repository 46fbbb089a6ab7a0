import { readFileSync } from "node:fs";
import { CHANNEL_GROUPS, CHANNEL_DEPENDENCIES } from "../../channels/channel-settings.ts";
import { CHANNEL_DESCRIPTORS } from "../../channels/registry.ts";
import { findForbiddingRule } from "../network/egress-guard.ts";
import { CONFIG_SCHEMA, SECRETS, type Settings } from "./config-schema.ts";
import { KEYS_OF_SERVERS } from "./model-settings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigProblem {
  variable: string;
  /** The problem and the rule; never the value of a secret. */
  message: string;
}

export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, message }) => `  ${variable}: ${message}`);
    super(
      `The configuration has ${problems.length} problem(s):\n${lines.join("\n")}\nEvery variable is described in .env.example.`,
    );
    this.name = "ConfigError";
    this.problems = problems;
  }
}

export type Config = Settings & { PUBLIC_BASE_URL: string };

/** Reads every setting from the environment, secrets also from files (`NAME_FILE`). Throws one `ConfigError` with all problems. */
export function loadConfig(env: Environment = process.env): Config {
  const problems: ConfigProblem[] = [];
  const values = { ...readSetValues(env), ...readSecretFiles(env, problems) };
  problems.push(
    ...findUnknownVariables(env),
    ...checkGroups(values),
    ...checkDependentSettings(values),
    ...checkServerKeys(values),
    ...checkPublicUrl(values),
    ...checkAllProxy(env),
  );
  const parsed = CONFIG_SCHEMA.safeParse(values);
  for (const { path, message } of parsed.error?.issues ?? []) {
    const variable = String(path[0]);
    problems.push({ variable, message: formatProblem(variable, { value: values[variable], rule: message }) });
  }
  if (parsed.success) problems.push(...checkReplyUrls(values, parsed.data));
  if (!parsed.success || problems.length > 0) throw new ConfigError(dedupeFileErrors(problems));
  const { HOST, PORT } = parsed.data;
  const host = HOST.includes(":") ? `[${HOST}]` : HOST;
  return { ...parsed.data, PUBLIC_BASE_URL: parsed.data.PUBLIC_BASE_URL ?? `http://${host}:${PORT}` };
}

/** The configuration as an operator may see it: a secret shows only that it is set. */
export function redactConfig(config: Config): Record<string, unknown> {
  const hidden: ReadonlySet<string> = new Set(SECRETS);
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      hidden.has(name) && value !== undefined ? "[set]" : redactUrl(value),
    ]),
  );
}

/** A URL may hold a password before its host, or a token in its query. */
function redactUrl(value: unknown): unknown {
  if (typeof value !== "string" || !/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || !URL.canParse(value))
    return value;
  const url = new URL(value);
  if (url.username === "" && url.password === "" && url.search === "" && url.hash === "") return value;
  const user = url.username === "" && url.password === "" ? "" : "[hidden]@";
  return `${url.protocol}//${user}${url.host}${url.pathname}${url.search === "" ? "" : "?[hidden]"}${url.hash === "" ? "" : "#[hidden]"}`;
}

/** A longer value may be a secret in the wrong setting (a Twilio token has 32 characters): only its length is printed. */
const SHOWN_CHARACTERS = 20;

function formatProblem(
  variable: string,
  { value, rule }: { value: string | undefined; rule: string },
): string {
  const isSecret = SECRETS.some((name) => name === variable);
  const fileHint = isSecret ? `: put it here, or the path of a file that holds it in ${variable}_FILE` : "";
  if (value === undefined) return `is required and not set${fileHint}`;
  const isShown = !isSecret && value.length <= SHOWN_CHARACTERS;
  return `${isShown ? `is "${value}"` : `has ${value.length} characters`}, but ${rule}`;
}

/** A secret with an unreadable file is reported once, by its file, and not also as missing. */
function dedupeFileErrors(problems: ConfigProblem[]): ConfigProblem[] {
  const named = new Set(problems.map(({ variable }) => variable));
  return problems.filter(({ variable }) => !named.has(`${variable}_FILE`));
}

/** Vendors sign the public URL and send personal texts to it, so it must be https in production. */
function checkPublicUrl(values: Record<string, string>): ConfigProblem[] {
  if (values["NODE_ENV"] !== "production" || values["PUBLIC_BASE_URL"]?.startsWith("https://")) return [];
  const message = "must be the https URL at which channels reach this server, because NODE_ENV is production";
  return [{ variable: "PUBLIC_BASE_URL", message }];
}

/**
 * Replies leave through the egress guard, so it would refuse each of them until the setting changes. Names are resolved later: they may change,
 * and `parley doctor` checks them.
 */
function checkReplyUrls(values: Record<string, string>, settings: Settings): ConfigProblem[] {
  const rules = { allowHttp: settings.EGRESS_ALLOW_HTTP, allowedHosts: settings.EGRESS_ALLOW_HOSTS };
  const names = new Set(CHANNEL_DESCRIPTORS.flatMap(({ replyUrlSetting }) => replyUrlSetting ?? []));
  return [...names].flatMap((variable) => {
    const value = values[variable];
    const forbidding = value === undefined ? null : findForbiddingRule(value, rules);
    if (forbidding === null) return [];
    const rule = `must be a URL to which replies may be sent (${forbidding.replace(/\.$/, "")}); EGRESS_ALLOW_HTTP and EGRESS_ALLOW_HOSTS permit a server of your own`;
    return [{ variable, message: formatProblem(variable, { value, rule }) }];
  });
}

/** An empty value in a file of settings means "not set". */
function readSetValues(env: Environment): Record<string, string> {
  const known = Object.keys(CONFIG_SCHEMA.shape);
  return Object.fromEntries(
    known.flatMap((name) => {
      const value = (LOWER_CASE.has(name) && env[name.toLowerCase()]) || env[name];
      return value ? [[name, value]] : [];
    }),
  );
}

/** Other programs read the lower-case name first, so a machine may have set only that. */
const LOWER_CASE: ReadonlySet<string> = new Set(["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]);

/** Nothing here reads ALL_PROXY, and calls that do not use it would fail or leave the network by another way. */
function checkAllProxy(env: Environment): ConfigProblem[] {
  if (!(env["ALL_PROXY"] || env["all_proxy"]) || env["HTTPS_PROXY"] || env["https_proxy"]) return [];
  return [{ variable: "ALL_PROXY", message: "is not supported: set HTTPS_PROXY too, or unset it" }];
}

function readSecretFiles(env: Environment, problems: ConfigProblem[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of SECRETS) {
    const path = env[`${name}_FILE`];
    if (!path) continue;
    if (env[name])
      problems.push({ variable: name, message: `is set twice: here and by ${name}_FILE; keep one` });
    try {
      values[name] = readFileSync(path, "utf8").trim();
    } catch {
      // Not logged: the problem names the file.
      problems.push({ variable: `${name}_FILE`, message: `names a file that cannot be read: ${path}` });
    }
  }
  return values;
}

function checkGroups(values: Record<string, string>): ConfigProblem[] {
  return CHANNEL_GROUPS.flatMap((group) => {
    const missing = group.filter((name) => values[name] === undefined);
    if (missing.length === 0 || missing.length === group.length) return [];
    return missing.map((variable) => ({
      variable,
      message: `is required, because others of ${group.join(", ")} are set`,
    }));
  });
}

function checkDependentSettings(values: Record<string, string>): ConfigProblem[] {
  return Object.entries({
    ...CHANNEL_DEPENDENCIES,
    TEMPORAL_WORKER_BUILD_ID: "TEMPORAL_DEPLOYMENT_NAME",
    CODEC_SERVER_PORT: "CODEC_SERVER_TOKEN",
  })
    .filter(([variable, needed]) => values[variable] !== undefined && values[needed] === undefined)
    .map(([variable, needed]) => ({ variable, message: `has no effect without ${needed}: set that too` }));
}

/** A server of its own has a key of its own. */
function checkServerKeys(values: Record<string, string>): ConfigProblem[] {
  return Object.entries(KEYS_OF_SERVERS)
    .filter(([url, key]) => values[url] !== undefined && values[key] === undefined)
    .map(([url, variable]) => ({
      variable,
      message: `is required, because ${url} is set: the key of that server, or any word where it needs none`,
    }));
}

/** Only our own prefix can be checked: an unknown variable with it is a typing error. */
function findUnknownVariables(env: Environment): ConfigProblem[] {
  const known = new Set<string>([
    ...Object.keys(CONFIG_SCHEMA.shape),
    ...SECRETS.map((name) => `${name}_FILE`),
    ...OTHER_VARIABLES,
  ]);
  return Object.keys(env)
    .filter((name) => name.startsWith("PARLEY_") && !name.startsWith("PARLEY_DEV_") && !known.has(name))
    .map((variable) => ({
      variable,
      message: `is not a setting; did you mean ${suggestSetting(variable, Object.keys(CONFIG_SCHEMA.shape))}?`,
    }));
}

/** Read by the sandbox and the fault harness, not by a server. */
const OTHER_VARIABLES = [
  "PARLEY_TEMPORAL_BIN",
  "PARLEY_TEMPORAL_DOWNLOAD",
  "PARLEY_DATA_DIR",
  "PARLEY_FAILPOINT",
];

function suggestSetting(name: string, candidates: string[]): string {
  const own = candidates.filter((candidate) => candidate.startsWith("PARLEY_"));
  return own.toSorted((a, b) => distance(name, a) - distance(name, b))[0] ?? "";
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
