import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { createDrainSpool } from "../../../api/ingest/drain-spool.ts";
import { sealEvent } from "../../../api/ingest/spooled-event.ts";
import { openSpool } from "../../../db/inbound/spool.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { eventually } from "../../support/eventually.ts";

/** The error of drizzle: the one of PostgreSQL is its cause. */
const failWith = (code: string) =>
  new Error("Failed query", { cause: Object.assign(new Error("refused"), { code }) });

/** Runs the drain on one entry that cannot be stored. Returns the number of tries and the counts of the spool. */
async function drainOneEntry(error: Error, isDone: (tries: number, refused: number) => boolean) {
  const folder = mkdtempSync(join(tmpdir(), "parley-spool-"));
  const vault = createConfiguredVault(loadConfig(inject("sandboxEnv")));
  const spool = openSpool({ folder, limitBytes: 1_000_000 });
  await spool.put(
    sealEvent(vault, "main", {
      channel: "webhook",
      accountId: "main",
      event: { kind: "message", providerMessageId: "m1", from: "ann", text: "Hello", providerTime: null },
      context: { receivedAt: new Date(), quietMs: 0 },
    }),
  );
  let tries = 0;
  const ingestEvent = async () => {
    tries++;
    throw error;
  };
  const ignore = () => undefined;
  const drain = createDrainSpool({
    spool,
    vault,
    findAccount: async () => ({ tenantId: "main" }) as never,
    ingestEvent,
    log: { info: ignore, warn: ignore, error: ignore },
  });
  drain.start();
  await eventually("the end of the tries", async () => isDone(tries, spool.counts().refused));
  await drain.stop();
  const counts = spool.counts();
  spool.close();
  rmSync(folder, { recursive: true, force: true });
  return { tries, counts };
}

it.each(["54000", "42703", "42501", "XX000"])(
  "an entry that PostgreSQL rejects with %s is set aside after five tries",
  async (code) => {
    const { tries, counts } = await drainOneEntry(failWith(code), (_tries, refused) => refused > 0);
    expect(tries).toBe(5);
    expect(counts).toMatchObject({ waiting: 0, refused: 1 });
  },
);

it("an entry stays in the spool while PostgreSQL is unavailable", async () => {
  const { counts } = await drainOneEntry(failWith("57P03"), (tries) => tries > 6);
  expect(counts).toMatchObject({ waiting: 1, refused: 0 });
});
