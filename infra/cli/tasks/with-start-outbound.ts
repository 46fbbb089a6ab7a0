import { createStartOutbound, type StartOutbound } from "../../../api/start-outbound.ts";
import type { Config } from "../../runtime/config/config.ts";
import { connectTemporal, temporalSettings } from "../../runtime/temporal/temporal-client.ts";

/** Starts what no inbound message stands behind, with a connection for the length of one command. */
export async function withStartOutbound<T>(
  config: Config,
  work: (start: StartOutbound) => Promise<T>,
): Promise<T> {
  const temporal = connectTemporal(temporalSettings(config), config.PARLEY_ENCRYPTION_KEYS);
  const log = { warn: () => undefined };
  try {
    return await work(createStartOutbound({ temporal, taskQueue: config.PARLEY_TASK_QUEUE, log }));
  } finally {
    await temporal.connection.close();
  }
}
