import { setImmediate as turn } from "node:timers/promises";
import { drizzle } from "drizzle-orm/node-postgres";
import { expect, it } from "vitest";
import { createKeyDirectory } from "../../../../api/v1/http/key-directory.ts";

const KEY = "parley_key";
const vault = { hash: (text: string) => Buffer.from(text) } as never;

/** A table of one key, whose answers arrive when the test says so. */
function createStore() {
  const waiting: (() => void)[] = [];
  const state = { version: "1:0", isRevoked: false };
  const query = async ({ text }: { text: string }) => {
    const { version, isRevoked } = state;
    await new Promise<void>((resolve) => waiting.push(resolve));
    if (text.includes("count(")) return { rows: [{ version }] };
    return { rows: isRevoked ? [] : [[Buffer.from(`api-key\n${KEY}`), "k1", "acme", [], null]] };
  };
  /** Lets the oldest question be answered. */
  async function answer(): Promise<void> {
    for (let i = 0; i < 20 && waiting.length === 0; i++) await turn();
    waiting.shift()?.();
    for (let i = 0; i < 5; i++) await turn();
  }
  return { state, waiting, answer, db: drizzle({ client: { query } as never }) as never };
}

it("a reading of the keys that began before a revocation does not bring the revoked key back", async () => {
  const { state, waiting, answer, db } = createStore();
  const keys = createKeyDirectory({ db, vault, onError: () => undefined });
  // The reading at the start has its version, and the answer with its rows is on the way.
  const started = keys.start();
  await answer();
  state.version = "1:1";
  state.isRevoked = true;
  const revoked = keys.refresh();
  // The answers of a later question may arrive first.
  for (let i = 0; i < 5; i++) await turn();
  while (waiting.length > 1) waiting.pop()?.();
  for (let i = 0; i < 5; i++) await turn();
  while (waiting.length > 1) waiting.pop()?.();
  for (let i = 0; i < 6; i++) await answer();
  await Promise.all([started, revoked]);
  keys.stop();
  expect(keys.findKnown(KEY)).toBeNull();
});
