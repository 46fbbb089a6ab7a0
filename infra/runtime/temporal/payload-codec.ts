import type { SerializationContext } from "@temporalio/common";
import { openWithKey, sealWithKey, Unreadable } from "../encryption/keyring.ts";
import type { DayKeys } from "../encryption/day-keys.ts";

/** Temporal's payload: the type of `@temporalio/common`, repeated here so that the codec needs no value of the SDK. */
interface Payload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

export interface PayloadCodecOptions {
  keys: DayKeys;
  /** For the days after encryption was introduced: payloads that are not encrypted are accepted. */
  acceptPlain?: boolean;
}

/*
 * The bytes of an encrypted payload, version 1:
 *
 *   version (1) | length of the key id (1) | key id | day since 1970 (2) | iv (12) | tag (16) | ciphertext
 *
 * The key of a day is derived from the master key, so no key encrypts more than the payloads of one day. The owner (namespace and workflow
 * id) and everything before the iv are authenticated: a payload that was moved to another workflow cannot be opened.
 */
const VERSION = 1;
const ENCODING = "binary/parley-aes-256-gcm";
/** The owner in clear, for a reader without a context such as the codec server. It is authenticated. */
const OWNER = "parley-owner";
/**
 * Summaries that the Temporal UI shows next to a step are not encrypted. The pattern allows only lower-case words: no digit, capital or
 * address, so that personal data cannot match it.
 */
const SUMMARY = /^"· [a-z_, ]{1,80}"$/;

/** Encrypts payloads to the Temporal server and decrypts payloads from it. Clients and workers both use it. */
export function createPayloadCodec({ keys, acceptPlain = false }: PayloadCodecOptions) {
  return {
    async encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
      const owner = ownerOf(context);
      return payloads.map((payload) => (isSummary(payload) ? payload : encryptPayload(keys, payload, owner)));
    },
    async decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
      return payloads.map((payload) => {
        if (encodingOf(payload) === ENCODING) return decryptPayload(keys, payload, context);
        if (acceptPlain || isSummary(payload)) return payload;
        throw new Unreadable(
          "A payload is not encrypted. TEMPORAL_ACCEPT_PLAIN_PAYLOADS=true accepts such payloads.",
        );
      });
    },
  };
}

function encryptPayload(keys: DayKeys, { metadata, data }: Payload, owner: string): Payload {
  const names = Object.entries(metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString("base64"),
  ]);
  const plain = JSON.stringify([Object.fromEntries(names), Buffer.from(data ?? []).toString("base64")]);
  const { keyId, day, key } = keys.current();
  const header = formatHeader(keyId, day);
  const sealed = sealWithKey(key, Buffer.from(plain, "utf8"), labelOf(header, owner));
  return {
    metadata: {
      encoding: Buffer.from(ENCODING),
      "encryption-key-id": Buffer.from(keyId),
      [OWNER]: Buffer.from(owner),
    },
    data: Buffer.concat([header, sealed]),
  };
}

function decryptPayload(
  keys: DayKeys,
  { metadata, data }: Payload,
  context: SerializationContext | undefined,
): Payload {
  const owner = Buffer.from(metadata?.[OWNER] ?? []).toString("utf8");
  if (context !== undefined && ownerOf(context) !== owner)
    throw new Unreadable("A payload belongs to another workflow.");
  const bytes = Buffer.from(data ?? []);
  const { keyId, day, header } = parseHeader(bytes);
  const key = keys.find(keyId, day);
  const plain = openWithKey(key, bytes.subarray(header.length), labelOf(header, owner)).toString("utf8");
  const [names, body] = JSON.parse(plain) as [Record<string, string>, string];
  const entries = Object.entries(names).map(([name, value]) => [name, Buffer.from(value, "base64")]);
  return { metadata: Object.fromEntries(entries), data: Buffer.from(body, "base64") };
}

function ownerOf(context: SerializationContext | undefined): string {
  return context === undefined ? "" : `${context.namespace}\n${context.workflowId ?? ""}`;
}

function labelOf(header: Buffer, owner: string): string {
  return `temporal-payload\n${header.toString("base64")}\n${owner}`;
}

function formatHeader(keyId: string, day: number): Buffer {
  const id = Buffer.from(keyId, "utf8");
  const dayBytes = Buffer.alloc(2);
  dayBytes.writeUInt16BE(day);
  return Buffer.concat([Buffer.from([VERSION, id.length]), id, dayBytes]);
}

function parseHeader(bytes: Buffer): { keyId: string; day: number; header: Buffer } {
  const [version, idLength = 0] = bytes;
  const end = 2 + idLength + 2;
  if (version !== VERSION || bytes.length < end)
    throw new Unreadable(
      `A payload has the format version ${version ?? "none"}, and this release reads ${VERSION}.`,
    );
  return {
    keyId: bytes.toString("utf8", 2, 2 + idLength),
    day: bytes.readUInt16BE(2 + idLength),
    header: bytes.subarray(0, end),
  };
}

function isSummary({ metadata, data }: Payload): boolean {
  const encoding = metadata?.["encoding"];
  if (encoding === undefined || Buffer.from(encoding).toString() !== "json/plain") return false;
  return SUMMARY.test(Buffer.from(data ?? []).toString("utf8"));
}

function encodingOf({ metadata }: Payload): string {
  return Buffer.from(metadata?.["encoding"] ?? []).toString("utf8");
}
