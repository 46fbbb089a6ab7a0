import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { createDayKeys } from "../../infra/runtime/encryption/day-keys.ts";
import { createPayloadCodec } from "../../infra/runtime/temporal/payload-codec.ts";

const DAY_MS = 86_400_000;
const keys = [{ id: "k1", key: randomBytes(32) }];
const codec = createPayloadCodec({ keys: createDayKeys(keys) });
const plain = { metadata: { encoding: Buffer.from("json/plain") }, data: Buffer.from('{"turnId":"t-1"}') };
const workflow = (workflowId: string, namespace = "default") =>
  ({ type: "workflow", namespace, workflowId }) as const;

it("a payload can be opened in its own workflow only, by an activity of it, and by a reader without a context", async () => {
  const sealed = await codec.encode([plain], workflow("msg:one"));
  const activity = { type: "activity", namespace: "default", workflowId: "msg:one", isLocal: false } as const;
  for (const context of [workflow("msg:one"), activity, undefined])
    expect(await codec.decode(sealed, context)).toEqual([plain]);
  await expect(codec.decode(sealed, workflow("msg:two"))).rejects.toThrow("belongs to another workflow");
  await expect(codec.decode(sealed, workflow("msg:one", "other"))).rejects.toThrow(
    "belongs to another workflow",
  );
});

it("a payload with a changed owner, key id, day or version cannot be opened", async () => {
  const [sealed] = await codec.encode([plain], workflow("msg:one"));
  const data = Buffer.from(sealed?.data ?? []);
  const owner = { ...sealed?.metadata, "parley-owner": Buffer.from("default\nmsg:two") };
  await expect(codec.decode([{ data, metadata: owner }], workflow("msg:two"))).rejects.toThrow();
  for (let place = 0; place < data.length; place++) {
    const changed = Buffer.from(data);
    changed[place] = (changed[place] ?? 0) ^ 1;
    await expect(
      codec.decode([{ ...sealed, data: changed }], workflow("msg:one")),
      `byte ${place}`,
    ).rejects.toThrow();
  }
});

it("a payload that is not encrypted is refused unless the setting accepts it", async () => {
  await expect(codec.decode([plain], workflow("msg:one"))).rejects.toThrow("TEMPORAL_ACCEPT_PLAIN_PAYLOADS");
  const lenient = createPayloadCodec({ keys: createDayKeys(keys), acceptPlain: true });
  expect(await lenient.decode([plain], workflow("msg:one"))).toEqual([plain]);
});

it("each day has its own key, and payloads of earlier days can be opened", async () => {
  const at = (day: number) => createPayloadCodec({ keys: createDayKeys(keys, () => day * DAY_MS) });
  const sealed = await at(20_000).encode([plain], workflow("msg:one"));
  expect(await at(20_009).decode(sealed, workflow("msg:one"))).toEqual([plain]);
  const [monday, tuesday] = [createDayKeys(keys).find("k1", 20_000), createDayKeys(keys).find("k1", 20_001)];
  expect(monday.equals(tuesday)).toBe(false);
});
