import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connectConfiguredVectors } from "../../../activities/answer/retrieval/configured-vectors.ts";
import { findLiveIndexVersion, type IndexVersion } from "../../../db/knowledge/index-versions.ts";
import type { Vectors } from "../../../db/knowledge/vectors.ts";
import type { Config } from "../../runtime/config/config.ts";
import type { Fault } from "../../runtime/faults/fault.ts";
import { configuredIndexVersion } from "../tasks/migrate.ts";
import { usePostgres } from "../tasks/use-postgres.ts";
import {
  type Check,
  createMisconfiguration,
  createNotConfiguredCheck,
  type Finding,
  reportFaults,
  reportOk,
  toDoctorConnection,
} from "./check.ts";

/** A write is visible after some seconds. */
const LIMIT_MS = 12_000;
const READ_EVERY_MS = 500;
const MAX_READS = 12;
/** No tenant has a dot in its id, so no search finds the vector. */
const NAMESPACE = "parley.doctor";

/**
 * Checks that the index in use exists, is ready and has the right dimension, and that the key may write, read and delete a vector. It uses the
 * client of the product.
 */
export function createPineconeCheck(config: Config): Check {
  if (config.PINECONE_API_KEY === undefined)
    return createNotConfiguredCheck("Pinecone", "PINECONE_API_KEY, which the workers need,");
  return {
    name: "Pinecone",
    service: "pinecone",
    limitMs: LIMIT_MS,
    fix: "Check PINECONE_CONTROLLER_HOST and that this machine may reach it.",
    async run(signal, limitMs) {
      const configured = configuredIndexVersion(config);
      const live = await findLiveVersion(config, limitMs);
      const warnings = listDifferences(configured, live);
      const refused: Fault[] = [];
      const vectors = connectConfiguredVectors(config, {
        noteRefusal: (_, fault) => void refused.push(fault),
        noteDoubtfulRefusal: () => undefined,
        noteSuccess: () => undefined,
      });
      try {
        return { ...(await inspect(vectors, live ?? configured, signal)), warnings };
      } catch (error) {
        const [fault] = refused;
        if (fault === undefined) throw error;
        return reportFaults([describeRefusal(fault, (live ?? configured).pineconeIndex)], { warnings });
      }
    },
  };
}

async function inspect(vectors: Vectors, version: IndexVersion, signal: AbortSignal): Promise<Finding> {
  const { pineconeIndex: name, dimensions } = version;
  const index = await vectors.describeIndex(version);
  if (!index.dimensions.includes(dimensions)) {
    const lengths = index.dimensions.join(", ") || "no";
    const fault = createMisconfiguration("pinecone", [
      "wrong_dimension",
      `The index ${name} has vectors of ${lengths} numbers, not ${dimensions}.`,
      "Set PARLEY_EMBEDDING_DIMENSIONS to the dimension of the index, or PARLEY_PINECONE_INDEX to another name.",
    ]);
    return reportFaults([fault]);
  }
  if (!index.isReady) {
    const fault = { kind: "outage", service: "pinecone", code: "pinecone.unavailable" } as const;
    const cause = `The index ${name} is not ready.`;
    return reportFaults([{ ...fault, cause, fix: "Wait: Pinecone creates an index in about a minute." }]);
  }
  const isRead = await writeAndRead(vectors, version, signal);
  const read = isRead ? "a vector was written and read" : "a vector was written, and is not visible yet";
  return reportOk(`The key works; the index ${name} has vectors of ${dimensions} numbers; ${read}.`);
}

async function writeAndRead(vectors: Vectors, version: IndexVersion, signal: AbortSignal): Promise<boolean> {
  const id = randomUUID();
  // A vector of zeros has no direction, and Pinecone refuses it.
  const values = Array.from({ length: version.dimensions }, () => 1 / Math.sqrt(version.dimensions));
  await vectors.upsert(version, NAMESPACE, [{ id, values }]);
  try {
    for (let reads = 0; reads < MAX_READS && !signal.aborted; reads++) {
      if ((await vectors.findExisting(version, NAMESPACE, [id])).has(id)) {
        await vectors.search(version, { tenantId: NAMESPACE, vector: values, limit: 1 });
        return true;
      }
      await sleep(READ_EVERY_MS);
    }
    return false;
  } finally {
    await vectors.remove(version, NAMESPACE, [id]);
  }
}

function describeRefusal(fault: Fault, index: string): Fault {
  if (fault.code !== "pinecone.not_found") return fault;
  return {
    ...fault,
    code: "pinecone.index_missing",
    cause: `The key works, but there is no index ${index}.`,
    fix: "Run `parley migrate`, which creates it, or correct PARLEY_PINECONE_INDEX.",
  };
}

/** The index that answers use. Null before the first one, and where PostgreSQL does not show it: its own check says so. */
async function findLiveVersion(config: Config, limitMs: number): Promise<IndexVersion | null> {
  // Not logged: see above.
  return await usePostgres(config, toDoctorConnection(limitMs / 4), findLiveIndexVersion).catch(() => null);
}

function listDifferences(configured: IndexVersion, live: IndexVersion | null): string[] {
  if (live === null || live.id === configured.id) return [];
  return [
    `Answers use the index version ${live.id}, and the settings name ${configured.id}: build it with \`parley index build\`, or correct PARLEY_EMBEDDING_MODEL and PARLEY_EMBEDDING_DIMENSIONS.`,
  ];
}
