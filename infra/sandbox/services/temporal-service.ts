import { Connection } from "@temporalio/client";
import { SEARCH_ATTRIBUTES } from "../../../workflows/names.ts";
import type { ServiceSpec } from "../processes/supervisor.ts";
import { runProgram } from "../programs/run-program.ts";
import { readDynamicConfig } from "./temporal-settings.ts";

export interface TemporalServiceOptions {
  binary: string;
  dbFile: string;
  port: number;
  uiPort: number;
  /** The URL of the codec server, which decrypts payloads for the UI. */
  codecEndpoint: string | undefined;
}

/** Histories and workflow ids must outlast the longest redelivery of a channel (Meta: 7 days). */
export const RETENTION_HOURS = 9 * 24;

export function createTemporalService({
  binary,
  dbFile,
  port,
  uiPort,
  codecEndpoint,
}: TemporalServiceOptions): ServiceSpec {
  const address = `127.0.0.1:${port}`;
  return {
    name: "temporal",
    command: binary,
    args: [
      "server",
      "start-dev",
      "--ip=127.0.0.1",
      `--port=${port}`,
      `--ui-port=${uiPort}`,
      `--db-filename=${dbFile}`,
      "--sqlite-pragma=journal_mode=wal",
      "--sqlite-pragma=synchronous=1",
      "--log-level=warn",
      ...(codecEndpoint === undefined ? [] : [`--ui-codec-endpoint=${codecEndpoint}`]),
      ...SEARCH_ATTRIBUTES.flatMap((name) => ["--search-attribute", `${name}=Keyword`]),
      ...readDynamicConfig().flatMap(([key, value]) => ["--dynamic-config-value", `${key}=${value}`]),
    ],
    // Fewer garbage collections of the Go runtime save a quarter of the server's CPU and cost memory.
    env: { ...(process.env as Record<string, string>), GOGC: "400" },
    isReady: () => isServingNamespace(address),
  };
}

/** True if the server serves the namespace. */
export async function isServingNamespace(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 500 });
  try {
    await connection.withDeadline(Date.now() + 1_000, () =>
      connection.workflowService.describeNamespace({ namespace: "default" }),
    );
    return true;
  } finally {
    await connection.close();
  }
}

export async function setRetention({ binary, port }: TemporalServiceOptions): Promise<void> {
  const retention = [
    "--retention",
    `${RETENTION_HOURS}h`,
    "--namespace",
    "default",
    "--address",
    `127.0.0.1:${port}`,
  ];
  await runProgram(binary, ["operator", "namespace", "update", ...retention], process.env);
}
