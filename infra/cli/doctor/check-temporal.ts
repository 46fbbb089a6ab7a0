import { Connection, isGrpcServiceError } from "@temporalio/client";
import { SEARCH_ATTRIBUTES } from "../../../workflows/names.ts";
import type { Config } from "../../runtime/config/config.ts";
import { describeMissing, findMissingByQuery, listSearchAttributes } from "../tasks/search-attributes.ts";
import {
  type TemporalSettings,
  temporalConnectionOptions,
  temporalSettings,
} from "../../runtime/temporal/temporal-client.ts";
import type { Finding, Check } from "./check.ts";

/** Longer than the longest redelivery of a channel (Meta, 7 days), with a margin. */
const RETENTION_DAYS = 9;
const DAY_SECONDS = 24 * 60 * 60;
/** Below the time limit of the check, so that the connection is closed before it. */
const CONNECT_MS = 2_000;
const ALL_MS = 2_700;

/** Statuses of gRPC. */
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

/** Checks that the server responds, and that the namespace has our search attributes and keeps closed workflows long enough. */
export function createTemporalCheck(config: Config): Check {
  const settings = temporalSettings(config);
  return {
    name: "Temporal",
    fix: "Start Temporal, or correct TEMPORAL_ADDRESS.",
    async run() {
      // An eager connection that fails cannot be closed, and its channel would keep the process alive.
      const connection = Connection.lazy({
        ...temporalConnectionOptions(settings),
        connectTimeout: CONNECT_MS,
      });
      try {
        return await connection.withDeadline(Date.now() + ALL_MS, () => inspect(connection, settings));
      } catch (error) {
        return describeRefusal(statusOf(error), settings);
      } finally {
        await connection.close();
      }
    },
  };
}

async function inspect(connection: Connection, { namespace }: TemporalSettings): Promise<Finding> {
  await connection.ensureConnected();
  const [system, description, { missing, isAdded }] = await Promise.all([
    connection.workflowService.getSystemInfo({}),
    connection.workflowService.describeNamespace({ namespace }),
    findMissing(connection, namespace),
  ]);
  const seconds = Number(description.config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  const version = system.serverVersion || null;
  if (missing.length > 0) {
    const detail = `The namespace ${namespace} lacks the search attributes ${missing.join(", ")}, so no workflow can start.`;
    const fix = isAdded ? "Run `parley migrate`, which adds them." : describeMissing(missing, namespace);
    return { state: "missing", version, detail, fix };
  }
  const days = Math.floor(seconds / DAY_SECONDS);
  if (days < RETENTION_DAYS) {
    const detail = `The namespace ${namespace} keeps closed workflows for ${days} days; ${RETENTION_DAYS} are needed.`;
    const fix = `Run: temporal operator namespace update --namespace ${namespace} --retention ${RETENTION_DAYS}d`;
    return { state: "missing", version, detail, fix };
  }
  return {
    state: "ok",
    version,
    detail: `The namespace ${namespace} keeps ${days} days; its search attributes exist.`,
    fix: null,
  };
}

/** `isAdded`: `parley migrate` may add them. Hosted servers may deny that. */
async function findMissing(
  connection: Connection,
  namespace: string,
): Promise<{ missing: string[]; isAdded: boolean }> {
  const known = await listSearchAttributes(connection, namespace);
  if (known === null) return { missing: await findMissingByQuery(connection, namespace), isAdded: false };
  return { missing: SEARCH_ATTRIBUTES.filter((name) => !known.has(name)), isAdded: true };
}

function describeRefusal(status: number | null, { address, namespace }: TemporalSettings): Finding {
  const found = { state: "missing", version: null } as const;
  if (status === NOT_FOUND) {
    const fix = `Run: temporal operator namespace create --namespace ${namespace} --retention ${RETENTION_DAYS}d`;
    return { ...found, detail: `It responds, but has no namespace ${namespace}.`, fix };
  }
  if (status === PERMISSION_DENIED || status === UNAUTHENTICATED) {
    const fix = "Set TEMPORAL_API_KEY, or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.";
    return { ...found, detail: `It denies access to the namespace ${namespace}.`, fix };
  }
  const fix = "Start Temporal, or correct TEMPORAL_ADDRESS.";
  return { ...found, detail: `No Temporal server responds at ${address}.`, fix };
}

function statusOf(error: unknown): number | null {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause !== undefined ? statusOf(error.cause) : null;
}
