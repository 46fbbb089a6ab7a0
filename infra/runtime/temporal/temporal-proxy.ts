import { UserError } from "../errors.ts";
import { createProxyRoutes, type ProxySettings } from "../network/proxy-routes.ts";

/** Without it the client of the ingress reads http_proxy by itself, also for a server on this machine. */
const WITHOUT_PROXY = { channelArgs: { "grpc.enable_http_proxy": 0 } };

/**
 * How the two clients of the SDK reach a server with TLS: through HTTPS_PROXY, unless NO_PROXY has its host. A server without TLS is in the
 * same network. `address` is null for such a server.
 */
export function toTemporalProxy(address: string | null, settings: ProxySettings) {
  const proxy =
    address === null ? null : createProxyRoutes(settings).findProxy(new URL(`https://${address}`));
  if (proxy === null) return WITHOUT_PROXY;
  if (proxy.protocol !== "http:")
    throw new UserError(
      "HTTPS_PROXY is an https URL, which Temporal's clients do not support: use an http URL, or add the host of TEMPORAL_ADDRESS to NO_PROXY.",
    );
  // The client for Node has no option for a proxy, only this variable.
  process.env["grpc_proxy"] = proxy.href;
  const [username, password] = [proxy.username, proxy.password].map(decodeURIComponent);
  return {
    channelArgs: { "grpc.enable_http_proxy": 1 },
    proxy: {
      type: "http-connect" as const,
      targetHost: `${proxy.hostname}:${proxy.port || "80"}`,
      ...(username ? { basicAuth: { username, password: password ?? "" } } : {}),
    },
  };
}
