import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { InboundEvent } from "../../../api/channels/channel.ts";
import { createDrainSpool } from "../../../api/ingest/spool/drain-spool.ts";
import { createIngestWithSpool } from "../../../api/ingest/spool/ingest-with-spool.ts";
import { createIngestEvent } from "../../../api/ingest/ingest-event.ts";
import { createInlineEvent } from "../../../api/ingest/inlined/inline-event.ts";
import { createStartMessage } from "../../../api/ingest/start-message.ts";
import { Problem } from "../../../api/problem.ts";
import { openSpool } from "../../../db/inbound/spool.ts";
import type { MessageInput } from "../../../workflows/types.ts";
import { sampleAccount } from "../channels/samples.ts";
import type { OpenDatabase } from "../open-database.ts";
import { failWith } from "./open-drain.ts";

const LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * An ingress with a spool that has lost Postgres. `starts` are the workflows that Temporal has accepted. The events of the contact
 * `stuckContact` are not stored although Postgres works.
 */
export function openCutOffIngress(
  { db, vault }: Pick<OpenDatabase, "db" | "vault">,
  accountId: string,
  { limitBytes = 1_000_000, hasTemporal = true } = {},
) {
  const account = sampleAccount({ channel: "webhook", accountId });
  const folder = mkdtempSync(join(tmpdir(), "parley-urgent-"));
  const spool = openSpool({ folder, limitBytes });
  onTestFinished(() => {
    spool.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const starts = new Map<string, MessageInput>();
  const state = { hasTemporal, hasPostgres: false, hasWorker: true, stuckContact: "" };
  const starter = {
    startRepair: async () => true,
    awaitStored: async () => state.hasWorker,
    startMessage: async ({ workflowId, input }: { workflowId: string; input: MessageInput }) => {
      if (!state.hasTemporal) throw new Error("UNAVAILABLE");
      if (!starts.has(workflowId)) starts.set(workflowId, input);
    },
  };
  const toDatabaseTime = (time: Date) => time;
  const messages = createStartMessage({ db, vault, starter, log: LOG });
  const store = createIngestEvent({ db, vault, messages, starter, log: LOG });
  const ingestEvent: typeof store = async (...given) => {
    if (!state.hasPostgres) throw new Problem("unavailable", "The way to Postgres is cut.");
    const [, event] = given;
    if ("from" in event && event.from === state.stuckContact)
      throw new Problem("unavailable", "A permission is missing.", [], { cause: failWith("42501") });
    return await store(...given);
  };
  const inlineEvent = createInlineEvent({ starter, log: LOG });
  const ingest = createIngestWithSpool({ ingestEvent, inlineEvent, spool, vault, toDatabaseTime, log: LOG });
  const findAccount = async () => ({ ...account, disabled: false });
  return {
    account,
    spool,
    starts,
    state,
    ingest: async (event: InboundEvent, receivedAt = new Date()) =>
      await ingest(account, event, { receivedAt, quietMs: 0 }),
    drain: createDrainSpool({ spool, vault, findAccount, ingestEvent, starter, log: LOG }),
  };
}
