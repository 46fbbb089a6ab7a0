import { Connection, isGrpcServiceError } from "@temporalio/client";
import { SEARCH_ATTRIBUTES } from "../../../workflows/names.ts";
import type { Config } from "../../runtime/config/config.ts";
import { describeMissing, findMissingByQuery, listSearchAttributes } from "../tasks/search-attributes.ts";
import type { Fault } from "../../runtime/faults/fault.ts";
import { classifyTemporalFault } from "../../runtime/faults/temporal-faults.ts";
import {
  type TemporalSettings,
  temporalConnectionOptions,
  temporalSettings,
} from "../../runtime/temporal/temporal-client.ts";
import {
  CALLS_SHARE,
  type Check,
  CONNECT_SHARE,
  createMisconfiguration,
  type Finding,
  reportFaults,
  reportOk,
} from "./check.ts";

/** Longer than the longest redelivery of a channel (Meta, 7 days), with a margin. */
const RETENTION_DAYS = 9;
const DAY_SECONDS = 24 * 60 * 60;
/** No workflow has this id. */
const NO_WORKFLOW = "parley:doctor";

/** Statuses of gRPC. */
const NOT_FOUND = 5;

/**
 * Checks that the server responds, that the key may write, and that the namespace has our search attributes and keeps closed workflows long
 * enough.
 */
export function createTemporalCheck(config: Config): Check {
  const settings = temporalSettings(config);
  return {
    name: "Temporal",
    service: "temporal",
    async run(_signal, limitMs) {
      // An eager connection that fails cannot be closed, and its channel would keep the process alive.
      const connection = Connection.lazy({
        ...temporalConnectionOptions(settings),
        connectTimeout: limitMs * CONNECT_SHARE,
      });
      try {
        return await connection.withDeadline(Date.now() + limitMs * CALLS_SHARE, () =>
          inspect(connection, settings),
        );
      } catch (error) {
        return reportFaults([describeFailure(error, settings)]);
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
  // After them, because a missing namespace and a missing workflow have the same status.
  await requireWriteAccess(connection, namespace);
  const seconds = Number(description.config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  const days = Math.floor(seconds / DAY_SECONDS);
  const version = system.serverVersion || null;
  const fix = isAdded ? "Run `parley migrate`, which adds them." : describeMissing(missing, namespace);
  const faults = [...checkAttributes(missing, { namespace, fix }), ...checkRetention(days, namespace)];
  if (faults.length > 0) return reportFaults(faults, { version });
  return reportOk(`The namespace ${namespace} keeps ${days} days; its search attributes exist.`, { version });
}

function checkAttributes(
  missing: readonly string[],
  { namespace, fix }: { namespace: string; fix: string },
): Fault[] {
  if (missing.length === 0) return [];
  return [
    createMisconfiguration("temporal", [
      "attributes_missing",
      `The namespace ${namespace} lacks the search attributes ${missing.join(", ")}, so no workflow can start.`,
      fix,
    ]),
  ];
}

function checkRetention(days: number, namespace: string): Fault[] {
  if (days >= RETENTION_DAYS) return [];
  return [
    createMisconfiguration("temporal", [
      "retention_short",
      `The namespace ${namespace} keeps closed workflows for ${days} days; ${RETENTION_DAYS} are needed.`,
      `Run: temporal operator namespace update --namespace ${namespace} --retention ${RETENTION_DAYS}d`,
    ]),
  ];
}

/** A signal to a workflow that does not exist changes nothing, and a key without the right to write is refused before it is looked up. */
async function requireWriteAccess(connection: Connection, namespace: string): Promise<void> {
  try {
    const workflowExecution = { workflowId: NO_WORKFLOW };
    await connection.workflowService.signalWorkflowExecution({
      namespace,
      workflowExecution,
      signalName: "check",
    });
  } catch (error) {
    if (statusOf(error) !== NOT_FOUND) throw error;
  }
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

function describeFailure(error: unknown, { address, namespace }: TemporalSettings): Fault {
  const fault = classifyTemporalFault(error);
  if (fault.code === "temporal.unknown_namespace")
    return {
      ...fault,
      cause: `It responds, but has no namespace ${namespace}.`,
      fix: `Correct TEMPORAL_NAMESPACE, or run: temporal operator namespace create --namespace ${namespace} --retention ${RETENTION_DAYS}d`,
    };
  if (fault.kind !== "outage") return fault;
  return {
    ...fault,
    cause: `No Temporal server responds at ${address}.`,
    fix: "Start Temporal, or correct TEMPORAL_ADDRESS.",
  };
}

function statusOf(error: unknown): number | null {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause !== undefined ? statusOf(error.cause) : null;
}
