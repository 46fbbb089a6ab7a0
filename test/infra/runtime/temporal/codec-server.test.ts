import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "../../../../infra/sandbox/ports.ts";
import { startCodecServer } from "../../../../infra/runtime/temporal/codec-server.ts";
import { createDayKeys } from "../../../../infra/runtime/encryption/day-keys.ts";
import { createPayloadCodec } from "../../../../infra/runtime/temporal/payload-codec.ts";

const keys = [
  { id: "new", key: randomBytes(32) },
  { id: "old", key: randomBytes(32) },
];
const plain = { metadata: { encoding: Buffer.from("json/plain") }, data: Buffer.from('{"turnId":"t-1"}') };
const TOKEN = "a-token-of-twenty-characters";
let server: Awaited<ReturnType<typeof startCodecServer>>;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  server = await startCodecServer({ port, token: TOKEN, keys });
  url = `http://127.0.0.1:${port}/${TOKEN}/decode`;
});
afterAll(() => server.stop());

const wire = ({
  metadata,
  data,
}: {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}) => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString("base64")]),
  ),
  data: Buffer.from(data ?? []).toString("base64"),
});
const decode = (payloads: object[], origin = "http://127.0.0.1:8233") =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ payloads }),
  });

it("decrypts what any configured key has encrypted", async () => {
  for (const key of keys) {
    const [sealed] = await createPayloadCodec({ keys: createDayKeys([key]) }).encode([plain]);
    expect(Buffer.from(sealed?.data ?? []).includes("turnId")).toBe(false);
    const response = await decode([wire(sealed ?? {})]);
    expect(await response.json()).toEqual({ payloads: [wire(plain)] });
    expect(response.headers.get("access-control-allow-origin")).toBe("http://127.0.0.1:8233");
  }
});

it("refuses a page from elsewhere", async () => {
  expect((await decode([wire(plain)], "https://evil.example.com")).status).toBe(403);
});

it("a caller without the token in the path gets 404 and no payload", async () => {
  const [sealed] = await createPayloadCodec({ keys: createDayKeys(keys) }).encode([plain]);
  const body = JSON.stringify({ payloads: [wire(sealed ?? {})] });
  for (const path of ["/decode", `/${TOKEN}x/decode`, `/${"x".repeat(TOKEN.length)}/decode`]) {
    const response = await fetch(new URL(path, url), { method: "POST", body });
    expect([response.status, await response.text()]).toEqual([404, ""]);
  }
});

it("answers what it cannot read with 400", async () => {
  const unknown = createDayKeys([{ id: "unknown", key: randomBytes(32) }]);
  const [sealed] = await createPayloadCodec({ keys: unknown }).encode([plain]);
  expect((await decode([wire(sealed ?? {})])).status).toBe(400);
});

it("lets a summary of plain words through in clear, and nothing that could hold a detail", async () => {
  const codec = createPayloadCodec({ keys: createDayKeys(keys) });
  const payload = (text: string) => ({
    metadata: { encoding: Buffer.from("json/plain") },
    data: Buffer.from(JSON.stringify(text)),
  });
  const [clear, digits, mail] = await codec.encode([
    payload("· smaller model"),
    payload("· call 555"),
    payload("· ada@example.com"),
  ]);
  expect(Buffer.from(clear?.data ?? []).toString()).toBe('"· smaller model"');
  expect(Buffer.from(digits?.data ?? []).includes("555")).toBe(false);
  expect(Buffer.from(mail?.data ?? []).includes("ada")).toBe(false);
});
