import { CHANNELS } from "../channels/registry.ts";
import type { FakeName } from "./fakes/registry.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type Settings = Record<string, string>;
export type FakeUrls = Readonly<Record<FakeName, string>>;

/** Settings of our own processes for the vendors: a vendor without a key in the environment is replaced by its fake. */
export function createVendorSettings(given: Environment, secrets: Settings, urls: FakeUrls): Settings {
  return {
    ...(given["OPENAI_API_KEY"]
      ? {}
      : { OPENAI_API_KEY: "sk-no-key-needed-here", OPENAI_BASE_URL: `${urls.openai}/v1` }),
    ...(given["PINECONE_API_KEY"]
      ? {}
      : { PINECONE_API_KEY: "pc-no-key-needed-here", PINECONE_CONTROLLER_HOST: urls.pinecone }),
    ...createChannelSettings(given, secrets, urls),
    ...(given["PARLEY_ENCRYPTION_KEYS"] ? {} : pickSettings(secrets, ["PARLEY_ENCRYPTION_KEYS"])),
    ...(given["PARLEY_HASH_KEY"] ? {} : pickSettings(secrets, ["PARLEY_HASH_KEY"])),
    EGRESS_ALLOW_HTTP: "true",
    EGRESS_ALLOW_HOSTS: Object.values(urls)
      .map((url) => new URL(url).host)
      .join(","),
  };
}

function createChannelSettings(given: Environment, secrets: Settings, urls: FakeUrls): Settings {
  const settings = CHANNELS.flatMap(({ sandbox }) => {
    if (sandbox === null || given[sandbox.realWith]) return [];
    const names = Object.keys(sandbox.createSecrets(NO_RANDOM));
    return [pickSettings(secrets, names), sandbox.createSettings(urls[sandbox.fake], given)];
  });
  return Object.assign({}, ...settings) as Settings;
}

/** Uses only the names of the secrets; the values come from the data folder. */
const NO_RANDOM = { base64: () => "", hex: () => "" };

function pickSettings(secrets: Settings, names: readonly string[]): Settings {
  return Object.fromEntries(names.map((name) => [name, secrets[name] ?? ""]));
}
