import { codeOf, type Fault, type FaultRule, type FaultService, listCauses, toFault } from "./fault.ts";

/** How a service is reached: the words of the remedies. */
export interface ServiceAddress {
  /** The setting with the host and port. */
  setting: string;
  /** The setting or parameter that names the certificate authority. */
  authority: string;
}

const ADDRESSES: Readonly<Record<FaultService, ServiceAddress>> = {
  settings: { setting: "the settings", authority: "NODE_EXTRA_CA_CERTS" },
  secrets: { setting: "DATABASE_URL", authority: "sslrootcert in DATABASE_URL" },
  workers: { setting: "TEMPORAL_ADDRESS", authority: "TEMPORAL_TLS_SERVER_CA_CERT_PATH" },
  ingress: { setting: "PUBLIC_BASE_URL", authority: "NODE_EXTRA_CA_CERTS" },
  postgres: { setting: "DATABASE_URL", authority: "sslrootcert in DATABASE_URL" },
  redis: { setting: "REDIS_URL", authority: "NODE_EXTRA_CA_CERTS" },
  temporal: { setting: "TEMPORAL_ADDRESS", authority: "TEMPORAL_TLS_SERVER_CA_CERT_PATH" },
  model: { setting: "OPENAI_BASE_URL", authority: "NODE_EXTRA_CA_CERTS" },
  pinecone: { setting: "PINECONE_CONTROLLER_HOST", authority: "NODE_EXTRA_CA_CERTS" },
  channel: { setting: "the base URL of the channel", authority: "NODE_EXTRA_CA_CERTS" },
  webhook: { setting: "the URL of the webhook", authority: "NODE_EXTRA_CA_CERTS" },
};

type RuleOf = (address: ServiceAddress) => FaultRule;

const describeUntrusted: RuleOf = ({ authority }) => ({
  kind: "configuration",
  what: "certificate_not_trusted",
  cause: "Its certificate is not from an authority that this process trusts.",
  fix: `Name the file of its certificate authority in ${authority}.`,
});
const describeWrongName: RuleOf = ({ setting }) => ({
  kind: "configuration",
  what: "certificate_for_other_host",
  cause: "Its certificate is for another host name.",
  fix: `Use a host name of the certificate in ${setting}, or issue a certificate for this one.`,
});
const describeOutdated: RuleOf = () => ({
  kind: "configuration",
  what: "certificate_outdated",
  cause: "Its certificate is not valid at this time.",
  fix: "Renew the certificate of the server, and check the clock of this host.",
});
const describeNoTls: RuleOf = ({ setting }) => ({
  kind: "configuration",
  what: "no_tls",
  cause: "It does not speak TLS at this port.",
  fix: `Correct the port or the protocol in ${setting}: one side uses TLS and the other does not.`,
});
const describeClientCertificate: RuleOf = () => ({
  kind: "configuration",
  what: "client_certificate_refused",
  cause: "It asks for a client certificate and accepts none of this process.",
  fix: "Set the client certificate and its key, issued by the authority that the server trusts.",
});
const describeUnknownHost: RuleOf = ({ setting }) => ({
  kind: "configuration",
  what: "unknown_host",
  cause: "Its host name does not exist.",
  fix: `Correct the host name in ${setting}.`,
});
const describeWrongSocket: RuleOf = ({ setting }) => ({
  kind: "configuration",
  what: "socket_missing",
  cause: "Its Unix socket does not exist or may not be used.",
  fix: `Correct the path of the socket in ${setting}, and give this process access to it.`,
});
/** Clients read the files at each connection. */
const describeMissingFile: RuleOf = ({ setting }) => ({
  kind: "configuration",
  what: "file_missing",
  cause: "A file of its certificates cannot be read.",
  fix: `Restore the file that ${setting} names, and give this process access to it.`,
});

/** Codes of Node and OpenSSL that no retry removes. */
const CONFIGURATION: Readonly<Record<string, RuleOf>> = {
  SELF_SIGNED_CERT_IN_CHAIN: describeUntrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: describeUntrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: describeUntrusted,
  UNABLE_TO_GET_ISSUER_CERT: describeUntrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: describeUntrusted,
  CERT_UNTRUSTED: describeUntrusted,
  CERT_REJECTED: describeUntrusted,
  CERT_SIGNATURE_FAILURE: describeUntrusted,
  CERT_REVOKED: describeUntrusted,
  INVALID_CA: describeUntrusted,
  INVALID_PURPOSE: describeUntrusted,
  HOSTNAME_MISMATCH: describeWrongName,
  ERR_TLS_CERT_ALTNAME_INVALID: describeWrongName,
  CERT_HAS_EXPIRED: describeOutdated,
  CERT_NOT_YET_VALID: describeOutdated,
  ERR_SSL_WRONG_VERSION_NUMBER: describeNoTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: describeNoTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: describeNoTls,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: describeNoTls,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: describeClientCertificate,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: describeClientCertificate,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: describeClientCertificate,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: describeClientCertificate,
  ENOTFOUND: describeUnknownHost,
  ENOENT: describeWrongSocket,
  EACCES: describeWrongSocket,
  ENOTSOCK: describeWrongSocket,
};

/** OpenSSL's words, where a client gives its error without a code (gRPC, the SDK's native client). */
const WORDS: readonly [RegExp, RuleOf][] = [
  [
    /self[- ]signed certificate|unable to (verify|get)[^.]*(certificate|issuer)|UnknownIssuer/i,
    describeUntrusted,
  ],
  [/altnames|NotValidForName|hostname[^.]*mismatch/i, describeWrongName],
  [/certificate has expired|certificate is not yet valid|Expired/, describeOutdated],
  [/wrong version number|packet length too long|InvalidContentType|corrupt message/i, describeNoTls],
  [
    /alert number 116|certificate required|CertificateRequired|bad certificate|handshake failure/i,
    describeClientCertificate,
  ],
];

const LATE = "It did not respond in time.";
const CLOSED = "It closed the connection.";
const OUTAGES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "No server listens at its address.",
  ECONNRESET: CLOSED,
  ECONNABORTED: CLOSED,
  EPIPE: CLOSED,
  EHOSTUNREACH: "Its host cannot be reached.",
  EHOSTDOWN: "Its host cannot be reached.",
  ENETUNREACH: "Its network cannot be reached.",
  ENETDOWN: "The network of this host is down.",
  EAI_AGAIN: "Its host name cannot be resolved now.",
  ETIMEDOUT: LATE,
  UND_ERR_CONNECT_TIMEOUT: LATE,
  UND_ERR_HEADERS_TIMEOUT: LATE,
  UND_ERR_SOCKET: CLOSED,
};

/** The fault of a connection, by the codes of Node and OpenSSL; null where the error is about something else. */
export function findNetworkFault(service: FaultService, error: unknown): Fault | null {
  const address = ADDRESSES[service];
  const causes = listCauses(error).toReversed();
  // The words of a response are the server's, and those of a wrapper may be the query's.
  if (causes.some(isResponse)) return null;
  for (const cause of causes) {
    const code = codeOf(cause);
    const rule = typeof code === "string" ? findRule(code, cause) : undefined;
    if (rule !== undefined) return toFault(service, rule(address), code);
    const [, worded] = WORDS.find(([words]) => cause.cause === undefined && words.test(cause.message)) ?? [];
    if (worded !== undefined)
      return toFault(service, worded(address), typeof code === "string" ? code : null);
  }
  for (const cause of causes) {
    const code = codeOf(cause);
    const outage = typeof code === "string" ? findOutage(code) : undefined;
    if (outage !== undefined) return toFault(service, createOutage(outage, address));
    if (cause.name === "TimeoutError" || cause.name === "AbortError")
      return toFault(service, createOutage(LATE, address));
  }
  return null;
}

/** An error of a vendor's client that has the status of a response, so there was a connection. */
function isResponse(error: Error): boolean {
  return "status" in error && typeof error.status === "number";
}

function findRule(code: string, error: Error): RuleOf | undefined {
  const rule = CONFIGURATION[code];
  return rule === describeWrongSocket && "syscall" in error && error.syscall === "open"
    ? describeMissingFile
    : rule;
}

/** OpenSSL has hundreds of codes. The listed ones name a wrong setting. */
function findOutage(code: string): string | undefined {
  return OUTAGES[code] ?? (code.startsWith("ERR_SSL_") ? "It ended the connection within TLS." : undefined);
}

/** For an error that says no more than that the service does not work now. */
export function createUnavailable(service: FaultService): Fault {
  return toFault(service, createOutage("It does not respond as expected.", ADDRESSES[service]));
}

function createOutage(cause: string, { setting }: ServiceAddress): FaultRule {
  return {
    kind: "outage",
    what: "unavailable",
    cause,
    fix: `Start it, or correct ${setting} if it runs at another address.`,
  };
}
