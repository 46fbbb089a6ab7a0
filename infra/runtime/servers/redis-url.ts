import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { decodePart, type Parsed, reject } from "./parse-result.ts";
import { findUnreadableFile, isCertificateFile } from "./readable-files.ts";
import { parseHosts, type ServerHost } from "./server-hosts.ts";

interface RedisTls {
  isVerified: boolean;
  isHostVerified: boolean;
  rootCert: string | null;
  cert: string | null;
  key: string | null;
}

export interface RedisAddress {
  /** `sentinel`: the hosts are those of Sentinels, which name the server. `cluster`: of some nodes, which name the others. */
  topology: "single" | "cluster" | "sentinel";
  hosts: readonly ServerHost[];
  username: string;
  password: string;
  database: number;
  tls: RedisTls | null;
  /** 0: any. */
  family: 0 | 4 | 6;
  sentinel: { name: string; username: string; password: string } | null;
}

const FORM =
  /^(redis|rediss|unix)(?:\+(cluster|sentinel))?:\/\/(?:([^/?#]*)@)?([^/?#@]*)(\/[^?#]*)?(?:\?([^#]*))?$/i;
const EXAMPLE =
  "must be a URL such as redis://host:6379, rediss://host:6380, redis+cluster://host:6379,host:6379, redis+sentinel://host:26379,host:26379/NAME or unix:///run/redis/redis.sock";
const DATABASE_RULE = "must end with the port, or with the number of a database such as /1";
const PORTS = { single: 6379, cluster: 6379, sentinel: 26_379 };
const TLS_PARAMETERS = ["ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname"];
const SENTINEL_PARAMETERS = ["sentinel_username", "sentinel_password"];

/** Reads one server, a cluster (`+cluster`), Sentinels (`+sentinel`, with the name of the server) or a Unix socket. */
export function parseRedisUrl(text: string): Parsed<RedisAddress> {
  const [isUrl, scheme = "", suffix, credentials = "", hostList = "", path = "", query = ""] =
    FORM.exec(text) ?? [];
  const isUnix = scheme.toLowerCase() === "unix";
  if (isUrl === undefined || (isUnix && suffix !== undefined)) return reject(EXAMPLE);
  const topology = suffix === undefined ? "single" : (suffix.toLowerCase() as "cluster" | "sentinel");
  const given = new URLSearchParams(query);
  const isTls = scheme.toLowerCase() === "rediss";
  const unknown = findUnknownParameter(given, { topology, isTls, isUnix });
  if (unknown !== null) return unknown;
  const [username, password] = splitCredentials(credentials).map(decodePart);
  if (username === undefined || password === undefined)
    return reject("must write % in the user and the password as %25");
  const place = isUnix ? parseSocket(hostList, path, given) : parsePlace(hostList, path, topology);
  if (!place.ok) return place;
  const tls = isTls ? readTls(given) : { ok: true as const, value: null };
  if (!tls.ok) return tls;
  const family = Number(given.get("family") ?? 0);
  if (family !== 0 && family !== 4 && family !== 6) return reject("must have 0, 4 or 6 as family");
  const { hosts, database, name } = place.value;
  const sentinel = {
    name,
    username: given.get("sentinel_username") ?? "",
    password: given.get("sentinel_password") ?? "",
  };
  return {
    ok: true,
    value: {
      topology,
      hosts,
      database,
      username,
      password,
      family,
      tls: tls.value,
      sentinel: topology === "sentinel" ? sentinel : null,
    },
  };
}

function splitCredentials(credentials: string): [string, string] {
  const colon = credentials.includes(":") ? credentials.indexOf(":") : credentials.length;
  return [credentials.slice(0, colon), credentials.slice(colon + 1)];
}

function findUnknownParameter(
  given: URLSearchParams,
  { topology, isTls, isUnix }: { topology: RedisAddress["topology"]; isTls: boolean; isUnix: boolean },
): { ok: false; rule: string } | null {
  const known = new Set([
    ...(isUnix ? ["db"] : ["family"]),
    ...(isTls ? TLS_PARAMETERS : []),
    ...(topology === "sentinel" ? SENTINEL_PARAMETERS : []),
  ]);
  const unknown = [...given.keys()].find((name) => !known.has(name));
  if (unknown === undefined) return null;
  if (TLS_PARAMETERS.includes(unknown)) return reject(`must begin with rediss, because it has ${unknown}`);
  return reject(`must not have the parameter ${unknown}, which Parley does not support`);
}

interface Place {
  hosts: ServerHost[];
  database: number;
  /** Of the server that the Sentinels watch. */
  name: string;
}

function parsePlace(hostList: string, path: string, topology: RedisAddress["topology"]): Parsed<Place> {
  const hosts = parseHosts(hostList, { defaultPort: PORTS[topology], ports: null });
  if (!hosts.ok) return hosts;
  if (topology === "single" && hosts.value.length > 1)
    return reject("must begin with redis+cluster or redis+sentinel, because it has several hosts");
  const isSentinel = topology === "sentinel";
  const [, name = "", number = ""] =
    (isSentinel ? /^\/([\w.-]+)(?:\/(\d{0,4}))?$/ : /^()\/?(\d{0,4})$/).exec(path) ?? [];
  if (isSentinel && name === "")
    return reject("must have the name of the server after the hosts of its Sentinels");
  if (!isSentinel && !/^\/?\d{0,4}$/.test(path)) return reject(DATABASE_RULE);
  if (topology === "cluster" && Number(number) > 0)
    return reject("must not have the number of a database: a cluster has only database 0");
  return { ok: true, value: { hosts: hosts.value, name, database: Number(number) } };
}

function parseSocket(hostList: string, path: string, given: URLSearchParams): Parsed<Place> {
  const host = decodePart(path);
  const database = given.get("db") ?? "0";
  if (hostList !== "" || host === undefined || host.length < 2) return reject(EXAMPLE);
  if (!/^\d{1,4}$/.test(database)) return reject(DATABASE_RULE);
  return { ok: true, value: { hosts: [{ host, port: 0 }], name: "", database: Number(database) } };
}

function readTls(given: URLSearchParams): Parsed<RedisTls> {
  const file = (name: string) => given.get(name) || null;
  const [rootCert, cert, key] = [file("ssl_ca_certs"), file("ssl_certfile"), file("ssl_keyfile")];
  const required = given.get("ssl_cert_reqs") ?? "required";
  const check = given.get("ssl_check_hostname") ?? "true";
  if (!["required", "none"].includes(required)) return reject("must have required or none as ssl_cert_reqs");
  if (!["true", "false"].includes(check)) return reject("must have true or false as ssl_check_hostname");
  if ((cert === null) !== (key === null)) return reject("must name both ssl_certfile and ssl_keyfile");
  if (findUnreadableFile([rootCert, cert, key]) !== null)
    return reject("must name files that can be read in ssl_ca_certs, ssl_certfile and ssl_keyfile");
  if (rootCert !== null && !isCertificateFile(rootCert))
    return reject("must name a file with PEM certificates in ssl_ca_certs");
  return {
    ok: true,
    value: { isVerified: required === "required", isHostVerified: check === "true", rootCert, cert, key },
  };
}

export function toRedisTlsOptions({
  isVerified,
  isHostVerified,
  rootCert,
  cert,
  key,
}: RedisTls): ConnectionOptions {
  return {
    rejectUnauthorized: isVerified,
    ...(isHostVerified ? {} : { checkServerIdentity: () => undefined }),
    ...(rootCert === null ? {} : { ca: readFileSync(rootCert, "utf8") }),
    ...(cert === null ? {} : { cert: readFileSync(cert, "utf8") }),
    ...(key === null ? {} : { key: readFileSync(key, "utf8") }),
  };
}
