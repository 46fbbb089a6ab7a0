import type { Database } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { ClockWatch } from "../../db/connection/watch-clock.ts";
import { openSpool } from "../../db/inbound/spool.ts";
import type { Config } from "../../infra/runtime/config/config.ts";
import { UserError } from "../../infra/runtime/errors.ts";
import type { Log } from "../../infra/runtime/log.ts";
import type { WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import type { AccountDirectory } from "../account-directory.ts";
import { createIngestEvent } from "./ingest-event.ts";
import { createIngestWithWorkflow } from "./inlined/ingest-with-workflow.ts";
import { createInlineEvent } from "./inlined/inline-event.ts";
import { createDrainSpool } from "./spool/drain-spool.ts";
import { createIngestWithSpool } from "./spool/ingest-with-spool.ts";
import { createStartMessage } from "./start-message.ts";

export interface IngestDependencies {
  config: Config;
  log: Log;
  db: Database;
  vault: Vault;
  accounts: AccountDirectory;
  starter: WorkflowStarter;
  clock: Pick<ClockWatch, "toDatabaseTime">;
}

/** The way of an inbound event into the stores; with a spool if one is configured. */
export function createIngest({
  config: { SPOOL_DIR: folder, SPOOL_LIMIT_BYTES: limitBytes },
  log,
  db,
  vault,
  accounts,
  starter,
  clock: { toDatabaseTime },
}: IngestDependencies) {
  const messages = createStartMessage({ db, vault, starter, log });
  const ingestEvent = createIngestEvent({ db, vault, messages, starter, log });
  const inlineEvent = createInlineEvent({ starter, log });
  const dependencies = { ingestEvent, inlineEvent, vault, toDatabaseTime, log };
  if (folder === undefined) {
    return {
      ingestEvent: createIngestWithWorkflow(dependencies),
      spool: null,
      start: () => undefined,
      stop: async () => await messages.drain(),
    };
  }
  const spool = openConfiguredSpool(folder, limitBytes);
  const findAccount = accounts.findVerified;
  const drainSpool = createDrainSpool({ spool, vault, findAccount, log, ingestEvent, starter });
  return {
    ingestEvent: createIngestWithSpool({ ...dependencies, spool }),
    spool,
    start: () => drainSpool.start(),
    async stop(): Promise<void> {
      await drainSpool.stop();
      spool.close();
      await messages.drain();
    },
  };
}

function openConfiguredSpool(folder: string, limitBytes: number) {
  try {
    return openSpool({ folder, limitBytes });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`SPOOL_DIR: ${why}`, { cause: error });
  }
}
