import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";

/** The dynamic configuration of the server in docker-compose.yml. */
export const DYNAMIC_CONFIG_FILE = fileURLToPath(
  new URL("../../deploy/temporal/dynamic-config.yaml", import.meta.url),
);
const SERVER_ENV_FILE = fileURLToPath(new URL("../../deploy/temporal/server.env", import.meta.url));

/** The same as names and values, because the development server accepts them one by one. */
export function readDynamicConfig(): [string, string][] {
  const text = readFileSync(DYNAMIC_CONFIG_FILE, "utf8");
  // The file uses only a part of the format: one value for each key, without constraints.
  return [...text.matchAll(/^([\w.]+):\n {2}- value: (\S+)$/gm)].map(([, key = "", value = ""]) => [
    key,
    value,
  ]);
}

/** The static configuration of the server in docker-compose.yml, as environment variables. */
export function readServerEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parseEnv(readFileSync(SERVER_ENV_FILE, "utf8"))).map(([name, value]) => [
      name,
      value ?? "",
    ]),
  );
}
