import { isIP } from "node:net";
import { request as undiciRequest } from "undici";
import { TIME_LIMITS_MS } from "../../../workflows/time-limits.ts";
import { failpoint } from "../failpoint.ts";
import { createEgressAgents, type Resolve, resolveAll, resolveAllowed } from "./egress-agents.ts";
import { EgressRefused } from "./egress-refused.ts";
import { MAX_CHANNEL_BYTES } from "./fetch-with-limit.ts";
import { observeRequestStart } from "./observe-request-start.ts";
import type { ProxyRoutes } from "./proxy-routes.ts";
import { NotConnected } from "./proxy-tunnel.ts";
import { isPublicAddress } from "./public-address.ts";

export interface EgressRules {
  allowHttp: boolean;
  /** "host:port" pairs that may be private: fakes in development, a receiver inside the cluster. */
  allowedHosts: readonly string[];
}

export interface EgressOptions extends EgressRules {
  timeoutMs?: number;
  resolve?: Resolve;
  proxies?: ProxyRoutes;
  /** "host:port" pairs of the settings, such as a vendor's API: a proxy may resolve their names. It gets the checked address of others. */
  namedHosts?: readonly string[];
}

/**
 * A signal may also limit when its calls begin, by `performance.now()`: a later one sends nothing and throws EgressLate. `onBegin` is called when
 * the request is on its connection: from then on the call waits for the response.
 */
export type CallSignal = AbortSignal & { readonly beginByMs?: number; onBegin?(): void };

export interface EgressRequest {
  method: "GET" | "POST";
  url: string;
  headers: Record<string, string>;
  body?: string;
  signal: CallSignal;
}

export interface EgressResponse {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The first 64 KiB. */
  text: string;
}

/** The call failed. `mayHaveExecuted` is false only if no byte of it was put on a connection. */
export class EgressFailed extends Error {
  override name = "EgressFailed";
  readonly mayHaveExecuted: boolean;
  constructor(message: string, mayHaveExecuted: boolean) {
    super(message);
    this.mayHaveExecuted = mayHaveExecuted;
  }
}

/** The connection was there too late for a call that has to begin by a certain time. Nothing was sent. */
export class EgressLate extends Error {
  override name = "EgressLate";
}

/**
 * The only way to call a URL that a tenant chose: https, no credentials in the URL, no redirects, limits of time and size. Every resolved
 * address is checked, and the connection goes to the checked address, also through a proxy. An IP literal is not resolved, so it is checked
 * separately.
 */
export function createEgressGuard(options: EgressOptions) {
  const timeoutMs = options.timeoutMs ?? TIME_LIMITS_MS.send;
  const resolve = options.resolve ?? resolveAll;
  const agents = createEgressAgents(resolve);
  const named = new Set([...options.allowedHosts, ...(options.namedHosts ?? [])]);
  const findProxy = (target: URL) => options.proxies?.findProxy(target) ?? null;
  const findAgent = (target: URL) => {
    const proxy = findProxy(target);
    if (proxy !== null) return agents.findTunnel(proxy, named.has(hostAndPort(target)));
    return isAllowedHost(target, options) ? agents.open : agents.guarded;
  };
  return {
    async request({ url, signal, ...call }: EgressRequest): Promise<EgressResponse> {
      const target = checkUrl(url, options);
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      if (deadline.aborted) throw new EgressFailed("The time limit was over before the call began.", false);
      let hasBegun = false;
      // A request that gets its connection after its deadline is not sent. The error leaves the connection open for the next attempt.
      const interceptor = observeRequestStart(() => {
        if (performance.now() > (signal.beginByMs ?? Infinity))
          throw new EgressLate("The connection was there too late.");
        hasBegun ||= !deadline.aborted;
        signal.onBegin?.();
      });
      const dispatcher = findAgent(target).compose(interceptor);
      try {
        const { statusCode, headers, body } = await undiciRequest(target, {
          ...call,
          signal: deadline,
          dispatcher,
        });
        await failpoint("after_vendor_acceptance");
        return { status: statusCode, headers, text: await readCapped(body) };
      } catch (error) {
        throw toEgressError(error, hasBegun);
      }
    },
    /** Checks a target by the same rules, with its resolved addresses, and sends nothing. Throws EgressRefused, or the error of the resolution. */
    async verify(url: string): Promise<void> {
      const target = checkUrl(url, options);
      if (isAllowedHost(target, options) || isIP(target.hostname.replace(/^\[|\]$/g, "")) !== 0) return;
      // This host may have no name server for it.
      if (findProxy(target) !== null && named.has(hostAndPort(target))) return;
      await resolveAllowed(resolve, isPublicAddress, target.hostname);
    },
    async close(): Promise<void> {
      await agents.close();
    },
  };
}

/** Those who send do not verify before: each request is checked. */
export type EgressGuard = Omit<ReturnType<typeof createEgressGuard>, "verify">;

/** The checks of a target that need no name resolution. Throws EgressRefused. */
export function checkUrl(text: string, options: EgressRules): URL {
  if (!URL.canParse(text)) throw new EgressRefused("not_a_url");
  const url = new URL(text);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && options.allowHttp))
    throw new EgressRefused("not_https");
  if (url.username !== "" || url.password !== "") throw new EgressRefused("has_credentials");
  if (isAllowedHost(url, options)) return url;
  if (!["", "443", "8443"].includes(url.port) && !options.allowHttp)
    throw new EgressRefused("port_not_allowed");
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(literal) !== 0 && !isPublicAddress(literal)) throw new EgressRefused("address_not_public");
  return url;
}

/** The rule that forbids a target, in a sentence; null for a target that may be called as far as its text shows. */
export function findForbiddingRule(text: string, rules: EgressRules): string | null {
  try {
    checkUrl(text, rules);
    return null;
  } catch (error) {
    if (error instanceof EgressRefused) return error.message;
    throw error;
  }
}

function isAllowedHost(url: URL, { allowedHosts }: EgressRules): boolean {
  return allowedHosts.includes(hostAndPort(url));
}

export function hostAndPort({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}

async function readCapped(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop ends the stream, so bytes after the limit are never read.
    if (size >= MAX_CHANNEL_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_CHANNEL_BYTES).toString("utf8");
}

function toEgressError(error: unknown, hasBegun: boolean): Error {
  if (error instanceof EgressRefused || error instanceof EgressLate) return error;
  const cause = error instanceof NotConnected ? error.cause : error;
  if (cause instanceof EgressRefused) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  return new EgressFailed(`The call failed (${code}).`, hasBegun);
}
