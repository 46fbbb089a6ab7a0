import type { Keyring } from "../encryption/keyring.ts";

/** Temporal's payload: the type of `@temporalio/common`, repeated here so that the codec needs no SDK. */
interface Payload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

const ENCODING = "binary/parley-aes-256-gcm";
const LABEL = "temporal-payload";
/**
 * Summaries that the Temporal UI shows next to a step are not encrypted. The pattern allows only lower-case words: no digit, capital or
 * address, so that personal data cannot match it.
 */
const SUMMARY = /^"· [a-z_, ]{1,80}"$/;

/** Encrypts payloads to the Temporal server and decrypts payloads from it. Clients and workers both use it. */
export function createPayloadCodec(keyring: Keyring) {
  return {
    encode: async (payloads: Payload[]): Promise<Payload[]> =>
      payloads.map((payload) => (isSummary(payload) ? payload : encryptPayload(keyring, payload))),
    decode: async (payloads: Payload[]): Promise<Payload[]> =>
      payloads.map((payload) =>
        encodingOf(payload) === ENCODING ? decryptPayload(keyring, payload) : payload,
      ),
  };
}

function encryptPayload(keyring: Keyring, { metadata, data }: Payload): Payload {
  const names = Object.entries(metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString("base64"),
  ]);
  const plain = JSON.stringify([Object.fromEntries(names), Buffer.from(data ?? []).toString("base64")]);
  return {
    metadata: { encoding: Buffer.from(ENCODING), "encryption-key-id": Buffer.from(keyring.currentKeyId) },
    data: keyring.seal(Buffer.from(plain, "utf8"), LABEL),
  };
}

function decryptPayload(keyring: Keyring, payload: Payload): Payload {
  const plain = keyring.open(payload.data ?? new Uint8Array(), LABEL).toString("utf8");
  const [names, data] = JSON.parse(plain) as [Record<string, string>, string];
  const metadata = Object.entries(names).map(([name, value]) => [name, Buffer.from(value, "base64")]);
  return { metadata: Object.fromEntries(metadata), data: Buffer.from(data, "base64") };
}

function isSummary({ metadata, data }: Payload): boolean {
  const encoding = metadata?.["encoding"];
  if (encoding === undefined || Buffer.from(encoding).toString() !== "json/plain") return false;
  return SUMMARY.test(Buffer.from(data ?? []).toString("utf8"));
}

function encodingOf({ metadata }: Payload): string {
  return Buffer.from(metadata?.["encoding"] ?? []).toString("utf8");
}
