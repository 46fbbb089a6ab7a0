import pg from "pg";
import { toTlsOptions } from "../../infra/runtime/servers/database-parameters.ts";
import { type DatabaseAddress, parseDatabaseUrl } from "../../infra/runtime/servers/database-url.ts";
import { isSocket, type ServerHost } from "../../infra/runtime/servers/server-hosts.ts";

/** A server among several that takes no writes. Its SQLSTATE is that of a write on it. */
class Standby extends Error {
  override name = "Standby";
  readonly code = "25006";
}

type ClientOptions = Omit<pg.ClientConfig, "connectionString" | "host" | "port" | "ssl">;
type ConnectCallback = Parameters<pg.Client["connect"]>[0];

/** The hosts of an address. The clients of a pool share it: one that cannot connect makes the others try the next host. */
export interface HostChoice {
  readonly address: DatabaseAddress;
  current(): ServerHost;
  /** The next host is used, unless another client has reported this one already. */
  reportFailure(host: ServerHost): void;
}

export function openHostChoice(url: string): HostChoice {
  const parsed = parseDatabaseUrl(url);
  if (!parsed.ok) throw new Error(`The URL of the database ${parsed.rule}.`);
  const { hosts } = parsed.value;
  let index = 0;
  const current = () => hosts[index] ?? { host: "localhost", port: 0 };
  return {
    address: parsed.value,
    current,
    reportFailure(host) {
      if (host === current()) index = (index + 1) % hosts.length;
    },
  };
}

/** What pg needs for one host. TLS is always given: without it, pg would read PGSSLMODE. */
function toClientConfig(address: DatabaseAddress, host: ServerHost): pg.ClientConfig {
  const { user, password, database, tls, channelBinding } = address;
  const isEncrypted = tls !== null && !isSocket(host);
  return {
    ...host,
    ...(user === "" ? {} : { user }),
    ...(password === "" ? {} : { password }),
    ...(database === "" ? {} : { database }),
    ssl: isEncrypted ? toTlsOptions(tls) : false,
    ...(isEncrypted && tls.isDirect ? { sslnegotiation: "direct" as const } : {}),
    enableChannelBinding: channelBinding,
  };
}

/**
 * The class of clients that connect to the current host of a choice. Among several hosts a standby counts as unavailable, because Parley
 * writes.
 */
export function createClientClass(choice: HostChoice) {
  const { address } = choice;
  return class HostClient extends pg.Client {
    readonly #host: ServerHost;

    constructor(options: ClientOptions = {}) {
      const host = choice.current();
      super({ ...options, ...toClientConfig(address, host) });
      this.#host = host;
      // A server may die in the packet that completes the connection, before the pool listens. Without a listener that would end the
      // process; with one the next query fails.
      this.on("error", () => undefined);
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: ConnectCallback): void;
    override connect(callback?: ConnectCallback): Promise<pg.Client> | undefined {
      const connected = this.#connect();
      if (callback === undefined) return connected;
      const done = callback as (error: Error | null) => void;
      connected.then(
        () => done(null),
        (error: unknown) => done(error as Error),
      );
      return undefined;
    }

    async #connect(): Promise<pg.Client> {
      try {
        const client = await super.connect();
        if (address.hosts.length > 1) await requireWrites(client);
        return client;
      } catch (error) {
        choice.reportFailure(this.#host);
        throw error;
      }
    }
  };
}

/** A connected client of its own, for a lock or a notification: to the first host that takes writes. */
export async function openPostgresClient(
  url: string,
  { onError, ...options }: ClientOptions & { onError(error: Error): void },
): Promise<pg.Client> {
  const choice = openHostChoice(url);
  const Client = createClientClass(choice);
  for (let left = choice.address.hosts.length - 1; ; left--) {
    const client = new Client(options);
    // Without a listener, a connection that breaks between two statements would end the process.
    client.on("error", onError);
    try {
      await client.connect();
      return client;
    } catch (error) {
      // Not logged: the connection was not made, and its error is thrown.
      client.end().catch(() => undefined);
      if (left === 0) throw error;
    }
  }
}

async function requireWrites(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ standby: boolean }>(
    "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS standby",
  );
  if (rows[0]?.standby !== true) return;
  // Not logged: the error below says why the connection is not used.
  client.end().catch(() => undefined);
  throw new Standby("The server is a standby.");
}
