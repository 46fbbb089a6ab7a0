import pg from "pg";
import { findStepEnd, throwIfEnded } from "../../infra/runtime/step-end.ts";

type Callback = Parameters<pg.Pool["connect"]>[0];

/** A pool that gives no connection to a step whose time is over, also not where the step waited for one until then. */
export class StepPool extends pg.Pool {
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

  private connectInTime(callback: Callback): void {
    const end = findStepEnd();
    const reject = (error: unknown) => callback(error as Error, undefined, () => undefined);
    try {
      throwIfEnded(end);
    } catch (error) {
      reject(error);
      return;
    }
    super.connect((error, client, release) => {
      if (client === undefined) {
        callback(error, client, release);
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
