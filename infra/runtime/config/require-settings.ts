import { type Config, ConfigError } from "./config.ts";
import { SECRETS, type SettingName } from "./config-schema.ts";
import { KEYS_OF_SERVERS } from "./model-settings.ts";

/**
 * The secrets of a process that answers messages or fills the vector index. An ingress, a worker that only sends and most commands use none of
 * them. The key of OpenAI is not needed where each model has a server of its own.
 */
export function listAnsweringSecrets(config: Config): SettingName[] {
  const isShared = Object.keys(KEYS_OF_SERVERS).some((url) => config[url as SettingName] === undefined);
  return isShared ? ["OPENAI_API_KEY", "PINECONE_API_KEY"] : ["PINECONE_API_KEY"];
}

/** In place of the key of a client that this process does not call. Its vendor would refuse it. */
export const NO_KEY = "not-set";

/** Throws one `ConfigError` with each setting that this process uses and does not have. `user` is the command that uses it. */
export function requireSettings(config: Config, user: string, names: readonly SettingName[]): void {
  const missing = names.filter((name) => config[name] === undefined);
  if (missing.length === 0) return;
  throw new ConfigError(
    missing.map((variable) => {
      const isSecret = SECRETS.some((name) => name === variable);
      const file = isSecret ? `: put it here, or the path of a file that holds it in ${variable}_FILE` : "";
      return { variable, message: `is required by \`${user}\` and not set${file}` };
    }),
  );
}
