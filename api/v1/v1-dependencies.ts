import type { Database } from "../../db/connection/postgres.ts";
import type { TokenBuckets } from "../../db/connection/token-buckets.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { EgressRules } from "../../infra/runtime/network/egress-guard.ts";
import type { WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import type { WebDependencies } from "../web/web-dependencies.ts";
import type { Authenticator } from "./http/authenticator.ts";
import type { RequestRate } from "./http/request-rate.ts";

export interface V1Dependencies {
  db: Database;
  vault: Vault;
  authenticator: Authenticator;
  requestRate: RequestRate;
  starter: WorkflowStarter;
  buckets: TokenBuckets;
  /** Names of the channels that an account may be on. */
  channels: readonly string[];
  publicBaseUrl: string;
  /** Where outgoing events may go. */
  egress: EgressRules;
  web: WebDependencies;
}
