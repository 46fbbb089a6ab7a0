import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { sealEvent } from "../../../api/ingest/spool/spooled-event.ts";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { openSpool } from "../../../db/inbound/spool.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { eventually } from "../../support/eventually.ts";
import { sampleAccount } from "../../support/channels/samples.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-spool-"));
let parley: Installation;

/** The spool of an earlier run: an event of a deleted account, an entry that cannot be decrypted, three messages of two contacts. */
beforeAll(async () => {
  const vault = createConfiguredVault(loadConfig(inject("sandboxEnv")));
  const spool = openSpool({ folder, limitBytes: 1_000_000 });
  const message = (accountId: string, from: string, id: string) =>
    sealEvent(vault, sampleAccount({ tenantId: "main", channel: "webhook", accountId }), {
      event: {
        kind: "message",
        origin: "typed",
        providerMessageId: id,
        from,
        text: "Hello",
        providerTime: null,
      },
      context: { receivedAt: new Date(Date.now() - 60_000), quietMs: 0 },
      start: null,
    });
  await spool.put(message("gone", "cleo", "c1"));
  await spool.put({
    tenantId: "main",
    partition: "x",
    isUrgent: false,
    sealed: Buffer.from("sealed with another key"),
  });
  for (const [from, id] of [
    ["ann", "a1"],
    ["ben", "b1"],
    ["ann", "a2"],
  ] as const)
    await spool.put(message("main", from, id));
  spool.close();
  parley = await openInstallation({ worker: false, env: { SPOOL_DIR: folder } });
});
afterAll(async () => {
  await parley.close();
  rmSync(folder, { recursive: true, force: true });
});

it("a start drains the spool in the order of each contact and sets aside what cannot be stored", async () => {
  const readyz = async () => (await (await fetch(`${parley.url}/readyz`)).json()) as object;
  await eventually("an empty spool", async () => JSON.stringify(await readyz()).includes('"waiting":0'));
  expect(await readyz()).toMatchObject({ status: "degraded", spool: { waiting: 0, refused: 2 } });
  const rows = await findMessageOutcomes(parley.db, ["a1", "a2", "b1", "c1"]);
  const bySeq = rows.toSorted((a, b) => a.seq - b.seq).map(({ providerMessageId }) => providerMessageId);
  expect(bySeq.filter((id) => id.startsWith("a"))).toEqual(["a1", "a2"]);
  expect(bySeq.toSorted()).toEqual(["a1", "a2", "b1"]);
});
