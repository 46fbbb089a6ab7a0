import { type Config, loadConfig } from "../runtime/config/config.ts";
import { routeFetch } from "../runtime/network/route-fetch.ts";

/** The settings of this process. From then on its calls to vendors use the proxies of the settings. */
export function loadProcessConfig(): Config {
  const config = loadConfig();
  routeFetch(config);
  return config;
}
