import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import {
  type History,
  historyToJSON,
  JSONToPayload,
  payloadToJSON,
} from "@temporalio/common/lib/proto-utils.js";
import type { PayloadCodec } from "@temporalio/common";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HOST = hostname();
/** The identity of a worker and of its sticky queue: pid and host name. */
const IDENTITY = /\b\d+@[\w.-]+/g;

/** The packages may be in another folder than the code. */
const PACKAGES = /(?:file:\/\/)?\/[^\s()"]*\/(?=node_modules\/)/g;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Decrypts the payloads of a history and removes names and paths of the machine, so that the history can be stored with the code. */
export async function cleanHistory(history: History, codec: PayloadCodec): Promise<{ events: unknown[] }> {
  const plain = (await decryptPayloads(JSON.parse(historyToJSON(history)) as Json, codec)) as {
    events: Json[];
  };
  return { events: plain.events.map(removeMachineNames) };
}

async function decryptPayloads(node: Json, codec: PayloadCodec): Promise<Json> {
  if (Array.isArray(node)) return await Promise.all(node.map((item) => decryptPayloads(item, codec)));
  if (node === null || typeof node !== "object") return node;
  if (isPayload(node)) return await openPayload(node, codec);
  const entries = Object.entries(node).map(
    async ([key, value]) => [key, await decryptPayloads(value, codec)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

function isPayload(node: { [key: string]: Json }): boolean {
  const { metadata } = node;
  return (
    metadata !== null && typeof metadata === "object" && !Array.isArray(metadata) && "encoding" in metadata
  );
}

async function openPayload(node: Json, codec: PayloadCodec): Promise<Json> {
  const [payload] = await codec.decode([JSONToPayload(node as Parameters<typeof JSONToPayload>[0])]);
  const json = payloadToJSON(payload ?? {});
  const text = Buffer.from(json.data ?? "", "base64").toString("utf8");
  const clean = scrubText(text);
  // Stack traces of failures contain paths. Payloads that are not text are unchanged.
  return {
    metadata: json.metadata ?? null,
    data: clean === text ? (json.data ?? null) : Buffer.from(clean).toString("base64"),
  };
}

function removeMachineNames(node: Json): Json {
  if (typeof node === "string") return scrubText(node);
  if (Array.isArray(node)) return node.map(removeMachineNames);
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, removeMachineNames(value)]));
}

function scrubText(text: string): string {
  return text
    .replaceAll(IDENTITY, "recorder")
    .replaceAll(HOST, "recorder")
    .replaceAll(ROOT, "")
    .replaceAll(PACKAGES, "");
}
