import { NativeConnection, type NativeConnectionOptions, Runtime } from "@temporalio/worker";

/** Opens a connection with a runtime that handles no signals, as in the product, and logs nothing. */
export async function connectWithoutLog(options: NativeConnectionOptions): Promise<NativeConnection> {
  const drop = () => undefined;
  const logger = { log: drop, trace: drop, debug: drop, info: drop, warn: drop, error: drop };
  Runtime.install({ shutdownSignals: [], logger });
  return await NativeConnection.connect(options);
}
