import { Runtime } from "@temporalio/worker";
import type { Log } from "../../infra/runtime/log.ts";
import { warmUpHttp } from "../../infra/runtime/network/warm-up-http.ts";
import { installLeanSandbox } from "../../infra/runtime/patches/lean-sandbox.ts";
import { createSdkLogger } from "./sdk-logger.ts";

/** Before any connection, so that a patch that does not fit the installed SDK ends the process at once. */
export async function prepareProcess(log: Log): Promise<void> {
  installLeanSandbox();
  Runtime.install({
    // The SDK's own signal handlers would wait for ever for an activity that keeps failing.
    shutdownSignals: [],
    logger: createSdkLogger(log),
    // Otherwise the native part of the SDK prints its own lines to stdout.
    telemetryOptions: { logging: { filter: { core: "WARN", other: "ERROR" }, forward: {} } },
  });
  await warmUpHttp();
}
