import { CONFIG_SCHEMA, SECRETS } from "../../infra/runtime/config/config-schema.ts";

/** Benchmarks and fault campaigns stop and kill their servers and would flood a vendor: nothing that the environment names is used. */
export function clearInstallationSettings(): void {
  for (const name of [...Object.keys(CONFIG_SCHEMA.shape), ...SECRETS.map((secret) => `${secret}_FILE`)])
    delete process.env[name];
}
