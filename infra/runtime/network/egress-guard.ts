import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { Agent, buildConnector, request as undiciRequest } from "undici";
import { TIME_LIMITS_MS } from "../../../workflows/time-limits.ts";
import { failpoint } from "../failpoint.ts";
import { MAX_CHANNEL_BYTES } from "./fetch-with-limit.ts";
import { observeRequestStart } from "./observe-request-start.ts";
import { isPublicAddress } from "./public-address.ts";

export interface EgressRules {
  allowHttp: boolean;
  /** "host:port" pairs that may be private: fakes in development, a receiver inside the cluster. */
  allowedHosts: readonly string[];
}

export interface EgressOptions extends EgressRules {
  timeoutMs?: number;
  resolve?: Resolve;
}

export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

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

/** The target is not allowed. Nothing was sent. */
export class EgressRefused extends Error {
  override name = "EgressRefused";
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

/** The name, the connection or TLS failed, so the request was not executed. */
class NotConnected extends Error {}

/**
 * The only way to call a URL that a tenant chose: https, no credentials in the URL, no redirects, limits of time and size. Every resolved
 * address is checked, and the connection goes to the checked address. An IP literal is not resolved, so it is checked separately.
 */
export function createEgressGuard(options: EgressOptions) {
  const timeoutMs = options.timeoutMs ?? TIME_LIMITS_MS.send;
  const resolve = options.resolve ?? resolveAll;
  const open = createAgent(createLookup(resolve, () => true));
  const guarded = createAgent(createLookup(resolve, isPublicAddress));
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
      const dispatcher = (isAllowedHost(target, options) ? open : guarded).compose(interceptor);
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
    async close(): Promise<void> {
      await Promise.all([open.close(), guarded.close()]);
    },
  };
}

export type EgressGuard = ReturnType<typeof createEgressGuard>;

function createAgent(lookup: LookupFunction): Agent {
  const connect = buildConnector({ lookup, timeout: TIME_LIMITS_MS.connect });
  return new Agent({
    connect(options, done) {
      connect(options, (...[error, socket]) =>
        error === null ? done(null, socket) : done(new NotConnected("not connected", { cause: error }), null),
      );
    },
    maxResponseSize: -1,
    headersTimeout: TIME_LIMITS_MS.send,
    bodyTimeout: 5_000,
  });
}

/** The checks of a target that need no name resolution. Throws EgressRefused. */
export function checkUrl(text: string, options: EgressRules): URL {
  if (!URL.canParse(text)) throw new EgressRefused("The target is not a URL.");
  const url = new URL(text);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && options.allowHttp))
    throw new EgressRefused("The target must be https.");
  if (url.username !== "" || url.password !== "")
    throw new EgressRefused("The target's URL must not contain credentials.");
  if (isAllowedHost(url, options)) return url;
  if (!["", "443", "8443"].includes(url.port) && !options.allowHttp)
    throw new EgressRefused("The target's port must be 443 or 8443.");
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(literal) !== 0 && !isPublicAddress(literal))
    throw new EgressRefused("The target's address is not on the public internet.");
  return url;
}

function isAllowedHost(url: URL, { allowedHosts }: EgressRules): boolean {
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return allowedHosts.includes(`${url.hostname}:${port}`);
}

/** A lookup for `net.connect` that returns only allowed addresses. One forbidden address makes it refuse the name. */
function createLookup(resolve: Resolve, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname).then(
      (addresses) => {
        const bad = addresses.length === 0 || addresses.some(({ address }) => !isAllowed(address));
        if (bad)
          return done(new EgressRefused("The target's name does not resolve to the public internet."), "", 0);
        const [first] = addresses;
        return options.all === true
          ? done(null, addresses)
          : done(null, first?.address ?? "", first?.family ?? 4);
      },
      (error: NodeJS.ErrnoException) => done(error, "", 0),
    );
  };
}

function resolveAll(hostname: string): Promise<LookupAddress[]> {
  return new Promise((done, fail) => {
    dnsLookup(hostname, { all: true }, (error, addresses) =>
      error === null ? done(addresses) : fail(error),
    );
  });
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
