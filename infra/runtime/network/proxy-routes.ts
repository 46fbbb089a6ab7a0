import ipaddr from "ipaddr.js";
import { type Address, parseAddress } from "./parse-address.ts";
import { decodePart } from "../servers/parse-result.ts";

export interface ProxySettings {
  HTTP_PROXY?: string | undefined;
  HTTPS_PROXY?: string | undefined;
  NO_PROXY?: string | undefined;
}

export interface ProxyRoutes {
  /** The proxy for a call to this URL, or null for a direct call. */
  findProxy(target: URL): URL | null;
}

interface Exception {
  matches(host: string, address: Address | null): boolean;
  port: string | null;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY as curl reads them. As in Go, a call to this machine never uses a proxy. */
export function createProxyRoutes(settings: ProxySettings): ProxyRoutes {
  const { HTTP_PROXY: http, HTTPS_PROXY: https } = settings;
  const proxies: Readonly<Record<string, URL | null>> = {
    "http:": http === undefined ? null : new URL(http),
    "https:": https === undefined ? null : new URL(https),
  };
  const exceptions = splitEntries(settings.NO_PROXY ?? "").flatMap((entry) => parseException(entry) ?? []);
  return {
    findProxy(target) {
      const host = target.hostname.toLowerCase().replace(/^\[|\]$|\.$/g, "");
      const port = target.port || (DEFAULT_PORTS[target.protocol] ?? "");
      const address = parseAddress(host);
      const isLocal = address === null ? /(^|\.)localhost$/.test(host) : address.range() === "loopback";
      const isExcepted = exceptions.some(
        (exception) => (exception.port ?? port) === port && exception.matches(host, address),
      );
      return isLocal || isExcepted ? null : (proxies[target.protocol] ?? null);
    },
  };
}

/** True for a list that `createProxyRoutes` understands. */
export function isExceptionList(text: string): boolean {
  return splitEntries(text).every((entry) => parseException(entry) !== null);
}

/** True for a proxy that all of our clients can use. */
export function isProxyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  // The proxy gets the decoded credentials.
  if (decodePart(username) === undefined || decodePart(password) === undefined) return false;
  return /^https?:$/.test(protocol) && pathname === "/" && search === "" && hash === "";
}

function splitEntries(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** A host with its subdomains (`.example.com` and `*.example.com` too), an address, a network, or `*`. A host or an address may have a port. */
function parseException(entry: string): Exception | null {
  if (entry === "*") return { port: null, matches: () => true };
  if (entry.includes("/")) return parseNetwork(entry);
  const isBareIPv6 = !entry.startsWith("[") && entry.split(":").length > 2;
  const [isEntry, bracketed, plain, port] =
    (isBareIPv6 ? /^()([\da-f:.]+)()$/i : /^(?:\[([\da-f:.]+)\]|([\w*.-]+))(?::(\d{1,5}))?$/i).exec(entry) ??
    [];
  if (isEntry === undefined) return null;
  const name = (bracketed || plain || "").toLowerCase();
  const address = parseAddress(name);
  if (address !== null) {
    const own = address.toString();
    return { port: port || null, matches: (_host, other) => other?.toString() === own };
  }
  const domain = name.replace(/^\*?\./, "").replace(/\.$/, "");
  if (!/^[\w-]+(\.[\w-]+)*$/.test(domain)) return null;
  const matches = (host: string) => host === domain || host.endsWith(`.${domain}`);
  return { port: port || null, matches };
}

function parseNetwork(entry: string): Exception | null {
  if (!ipaddr.isValidCIDR(entry)) return null;
  const [base, bits] = ipaddr.parseCIDR(entry);
  return {
    port: null,
    matches: (_host, address) =>
      address !== null && address.kind() === base.kind() && address.match([base, bits] as never),
  };
}
