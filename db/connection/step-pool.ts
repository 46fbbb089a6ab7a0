import pg from "pg";
import { findStepEnd, throwIfEnded } from "../../infra/runtime/step-end.ts";
import { createClientClass, type HostChoice, openHostChoice } from "./postgres-client.ts";

type Callback = Parameters<pg.Pool["connect"]>[0];
type PoolOptions = Omit<pg.PoolConfig, "connectionString" | "host" | "port" | "ssl" | "Client">;

/** A pool that gives no connection to a step whose time is over, also not where the step waited for one until then. */
export class StepPool extends pg.Pool {
  readonly #hosts: HostChoice;

  constructor(url: string, options: PoolOptions) {
    const hosts = openHostChoice(url);
    super({ ...options, Client: createClientClass(hosts) });
    this.#hosts = hosts;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | undefined {
    if (callback !== undefined) {
      this.connectInTime(callback);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.connectInTime((error, client) => {
        if (client === undefined) reject(error ?? new Error("The pool gave no connection."));
        else resolve(client);
      });
    });
  }

  private connectInTime(callback: Callback, hostsLeft = this.#hosts.address.hosts.length - 1): void {
    const end = findStepEnd();
    const reject = (error: unknown) => callback(error as Error, undefined, () => undefined);
    try {
      throwIfEnded(end);
    } catch (error) {
      reject(error);
      return;
    }
    const host = this.#hosts.current();
    super.connect((error, client, release) => {
      if (client === undefined) {
        // A client that fails to connect changes the host. A pool that is full does not.
        if (hostsLeft > 0 && this.#hosts.current() !== host) this.connectInTime(callback, hostsLeft - 1);
        else callback(error, client, release);
        return;
      }
      try {
        throwIfEnded(end);
      } catch (ended) {
        release();
        reject(ended);
        return;
      }
      callback(error, client, release);
    });
  }
}
