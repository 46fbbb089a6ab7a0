import { NativeConnection, Runtime } from "@temporalio/worker";

/** A connection whose runtime leaves signals alone, as the product's does, and says nothing. */
export async function connectWithoutLog(address: string): Promise<NativeConnection> {
  const drop = () => undefined;
  const logger = { log: drop, trace: drop, debug: drop, info: drop, warn: drop, error: drop };
  Runtime.install({ shutdownSignals: [], logger });
  return await NativeConnection.connect({ address });
}
