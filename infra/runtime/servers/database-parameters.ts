import { readFileSync } from "node:fs";
import { type ConnectionOptions, getCACertificates } from "node:tls";
import { findUnreadableFile, isCertificateFile } from "./readable-files.ts";
import { type Parsed, reject } from "./parse-result.ts";

/** TLS as libpq's `sslmode` means it. */
export interface DatabaseTls {
  /** `none`: encrypted, and the server may be any. `ca`: its certificate is of this authority. `full`: and for its host. */
  verify: "none" | "ca" | "full";
  /** Files. `system` is the store of the machine. */
  rootCert: string | null;
  cert: string | null;
  key: string | null;
  isDirect: boolean;
}

const OF_THE_ADDRESS = ["host", "port", "user", "password", "dbname"];
const OF_TLS = ["ssl", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslnegotiation", "channel_binding"];
/** Parley has its own values for these, or they change nothing that it relies on. Providers put them into the URLs that they show. */
const WITHOUT_EFFECT = [
  "application_name",
  "fallback_application_name",
  "connect_timeout",
  "keepalives",
  "keepalives_idle",
  "keepalives_interval",
  "keepalives_count",
  "tcp_user_timeout",
  "gssencmode",
  "sslsni",
  "pgbouncer",
  "uselibpqcompat",
];
const KNOWN: ReadonlySet<string> = new Set([
  ...OF_THE_ADDRESS,
  ...OF_TLS,
  ...WITHOUT_EFFECT,
  "target_session_attrs",
]);
/** Parley writes, so it needs the server that takes writes. It looks for it among several hosts, whatever the URL asks for. */
const TARGETS = ["any", "read-write", "primary"];
const MODES = ["disable", "require", "no-verify", "verify-ca", "verify-full"] as const;
type Mode = (typeof MODES)[number];

export function parseDatabaseParameters(
  given: URLSearchParams,
): Parsed<{ tls: DatabaseTls | null; channelBinding: boolean }> {
  const unknown = [...given.keys()].find((name) => !KNOWN.has(name));
  if (unknown !== undefined)
    return reject(`must not have the parameter ${unknown}, which Parley sets itself or does not support`);
  const target = given.get("target_session_attrs");
  if (target !== null && !TARGETS.includes(target))
    return reject(`must have ${TARGETS.join(", ")} as target_session_attrs, because Parley writes`);
  const binding = given.get("channel_binding") ?? "disable";
  if (!["disable", "prefer"].includes(binding))
    return reject("must have channel_binding=prefer, because Parley cannot require it");
  const mode = readMode(given);
  if (mode === null)
    return reject(
      `must have one of ${MODES.join(", ")} as sslmode: Parley never falls back to no encryption`,
    );
  const tls = readTls(given, mode);
  if (!tls.ok) return tls;
  return { ok: true, value: { tls: tls.value, channelBinding: binding === "prefer" } };
}

function readMode(given: URLSearchParams): Mode | null {
  const ssl = given.get("ssl");
  const short = ssl === "true" || ssl === "1" ? "verify-full" : ssl === "no-verify" ? ssl : "disable";
  const mode = given.get("sslmode") ?? short;
  return MODES.find((known) => known === mode) ?? null;
}

function readTls(given: URLSearchParams, mode: Mode): Parsed<DatabaseTls | null> {
  const file = (name: string) => given.get(name) || null;
  const tls = {
    verify: VERIFY[mode],
    rootCert: file("sslrootcert"),
    cert: file("sslcert"),
    key: file("sslkey"),
    isDirect: given.get("sslnegotiation") === "direct",
  };
  const { rootCert, cert, key } = tls;
  if (mode === "disable") {
    if (rootCert === null && cert === null && key === null) return { ok: true, value: null };
    return reject("must have sslmode=verify-full with sslrootcert, sslcert or sslkey");
  }
  if ((cert === null) !== (key === null)) return reject("must name both sslcert and sslkey");
  if (mode === "verify-ca" && (rootCert === null || rootCert === "system"))
    return reject("must name the certificate of its authority in sslrootcert with sslmode=verify-ca");
  if (findUnreadableFile([rootCert === "system" ? null : rootCert, cert, key]) !== null)
    return reject("must name files that can be read in sslrootcert, sslcert and sslkey");
  if (rootCert !== null && rootCert !== "system" && !isCertificateFile(rootCert))
    return reject("must name a file with PEM certificates in sslrootcert");
  // libpq: with the certificate of an authority, `require` verifies it.
  if (mode === "require" && rootCert !== null) return { ok: true, value: { ...tls, verify: "ca" } };
  return { ok: true, value: tls };
}

const VERIFY = {
  disable: "none",
  require: "none",
  "no-verify": "none",
  "verify-ca": "ca",
  "verify-full": "full",
} as const satisfies Record<Mode, DatabaseTls["verify"]>;

/** Reads the files at each connection, so that a renewed certificate needs no restart. */
export function toTlsOptions({ verify, rootCert, cert, key }: DatabaseTls): ConnectionOptions {
  return {
    rejectUnauthorized: verify !== "none",
    ...(verify === "ca" ? { checkServerIdentity: () => undefined } : {}),
    ...(rootCert === null
      ? {}
      : { ca: rootCert === "system" ? getCACertificates("system") : readFileSync(rootCert, "utf8") }),
    ...(cert === null ? {} : { cert: readFileSync(cert, "utf8") }),
    ...(key === null ? {} : { key: readFileSync(key, "utf8") }),
  };
}
