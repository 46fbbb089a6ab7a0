import type { Database } from "../../db/connection/postgres.ts";
import type { TokenBuckets } from "../../db/connection/token-buckets.ts";
import type { OperationContext } from "../operations/operation-context.ts";
import type { WebDependencies } from "../web/web-dependencies.ts";
import type { Authenticator } from "./http/authenticator.ts";
import type { RequestRate } from "./http/request-rate.ts";

/** What the routes under /v1 are built from. */
export interface V1Dependencies extends Omit<OperationContext, "afterCommit"> {
  db: Database;
  authenticator: Authenticator;
  requestRate: RequestRate;
  buckets: TokenBuckets;
  publicBaseUrl: string;
  web: WebDependencies;
}
