import { readReplyUrls } from "../../channels/reply-urls.ts";
import type { Config } from "../config/config.ts";
import { createEgressGuard, hostAndPort } from "./egress-guard.ts";
import { createProxyRoutes } from "./proxy-routes.ts";

/** The egress guard by the settings: for the calls of the product, and for the check of their targets. */
export function createConfiguredEgress(config: Config) {
  return createEgressGuard({
    allowHttp: config.EGRESS_ALLOW_HTTP,
    allowedHosts: config.EGRESS_ALLOW_HOSTS,
    proxies: createProxyRoutes(config),
    namedHosts: Object.values(readReplyUrls(config)).map((url) => hostAndPort(new URL(url))),
  });
}
