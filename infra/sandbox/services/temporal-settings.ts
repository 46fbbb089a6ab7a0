import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";

/** The dynamic configuration that docker-compose.yml gives to its server. */
export const DYNAMIC_CONFIG_FILE = fileURLToPath(
  new URL("../../deploy/temporal/dynamic-config.yaml", import.meta.url),
);
const SERVER_ENV_FILE = fileURLToPath(new URL("../../deploy/temporal/server.env", import.meta.url));

/** The same as name and value: the development server takes them one by one. */
export function readDynamicConfig(): [string, string][] {
  const text = readFileSync(DYNAMIC_CONFIG_FILE, "utf8");
  // One value for everybody is all that one host needs of that format.
  return [...text.matchAll(/^([\w.]+):\n {2}- value: (\S+)$/gm)].map(([, key = "", value = ""]) => [
    key,
    value,
  ]);
}

/** The static configuration that docker-compose.yml gives to its server, as environment variables. */
export function readServerEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parseEnv(readFileSync(SERVER_ENV_FILE, "utf8"))).map(([name, value]) => [
      name,
      value ?? "",
    ]),
  );
}
