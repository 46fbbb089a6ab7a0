import { parseDatabaseParameters, type DatabaseTls } from "./database-parameters.ts";
import { decodePart, type Parsed, reject } from "./parse-result.ts";
import { parseHosts, type ServerHost } from "./server-hosts.ts";

/** A database by its URL: several hosts are one cluster, of which one takes writes. */
export interface DatabaseAddress {
  hosts: readonly ServerHost[];
  user: string;
  password: string;
  database: string;
  /** Null: without TLS. Connections to a Unix socket have none in any case. */
  tls: DatabaseTls | null;
  channelBinding: boolean;
}

const DEFAULT_PORT = 5432;
const FORM = /^postgres(?:ql)?:\/\/(?:([^/?#]*)@)?([^/?#@]*)(?:\/([^/?#]*))?(?:\?([^#]*))?$/i;
const EXAMPLE = "must be a URL such as postgres://user:password@host:5432/parley";

/**
 * Reads the forms of libpq: several hosts separated by commas, a Unix socket as `?host=/run/postgresql`, and its TLS parameters with the
 * meaning that libpq gives them. The URL class refuses the first two. A parameter that would have no effect is refused by its name.
 */
export function parseDatabaseUrl(text: string): Parsed<DatabaseAddress> {
  const [isUrl, credentials = "", hostList = "", name = "", query = ""] = FORM.exec(text) ?? [];
  if (isUrl === undefined) return reject(EXAMPLE);
  const colon = credentials.includes(":") ? credentials.indexOf(":") : credentials.length;
  const decoded = [credentials.slice(0, colon), credentials.slice(colon + 1), name].map(decodePart);
  const [user, password, database] = decoded;
  if (user === undefined || password === undefined || database === undefined)
    return reject("must write % in the user, the password and the name as %25");
  const given = new URLSearchParams(query);
  const parameters = parseDatabaseParameters(given);
  if (!parameters.ok) return parameters;
  if (hostList !== "" && given.has("host"))
    return reject("must name its hosts once, before the name or in the parameter host");
  const hosts = parseHosts(hostList === "" ? (given.get("host") ?? "") : hostList, {
    defaultPort: DEFAULT_PORT,
    ports: given.get("port"),
  });
  if (!hosts.ok) return hosts;
  const { tls, channelBinding } = parameters.value;
  return {
    ok: true,
    value: {
      hosts: hosts.value,
      user: user || (given.get("user") ?? ""),
      password: password || (given.get("password") ?? ""),
      database: database || (given.get("dbname") ?? ""),
      tls,
      channelBinding,
    },
  };
}
