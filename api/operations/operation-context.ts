import type { Queryable } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { Notify } from "../../db/web/stream-signals.ts";
import type { EgressRules } from "../../infra/runtime/network/egress-guard.ts";
import type { WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";

/** `db` is the one outside of the transaction. */
export type AfterCommit = (work: (db: Queryable) => Promise<void>) => Promise<void>;

/** The dependencies of all operations. Each operation picks the members that it uses. */
export interface OperationContext {
  db: Queryable;
  /** Does work that must see the changes committed, before the response: at once, or after the transaction of the request. */
  afterCommit: AfterCommit;
  vault: Vault;
  starter: Pick<WorkflowStarter, "startReply" | "startHandoff">;
  /** Wakes up the pages that show a conversation of web chat. */
  notify: Notify;
  /** Where the URLs that tenants give may point to. */
  egress: EgressRules;
}

export type Using<Name extends keyof OperationContext> = Pick<OperationContext, Name>;

/** For a caller without a transaction: each change is committed when its statement returns. */
export function withoutTransaction(db: Queryable): Using<"db" | "afterCommit"> {
  return { db, afterCommit: async (work) => await work(db) };
}

/** One row of a tenant. */
export interface OwnedId {
  tenantId: string;
  id: string;
}
