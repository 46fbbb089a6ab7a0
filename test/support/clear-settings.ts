import { CONFIG_SCHEMA, SECRETS } from "../../infra/runtime/config/config-schema.ts";

/** Removes the settings of the environment: benchmarks and fault campaigns kill their servers and would flood a vendor. */
export function clearInstallationSettings(): void {
  for (const name of [...Object.keys(CONFIG_SCHEMA.shape), ...SECRETS.map((secret) => `${secret}_FILE`)])
    delete process.env[name];
}
