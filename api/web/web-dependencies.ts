import type { Database } from "../../db/connection/postgres.ts";
import type { Notify, SignalHub } from "../../db/web/stream-signals.ts";
import type { TokenBuckets } from "../../db/connection/token-buckets.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { SessionTokens } from "../../infra/runtime/encryption/session-token.ts";
import type { AccountDirectory } from "../account-directory.ts";
import type { FailedAuthentication } from "../failed-authentication.ts";
import type { IngestEvent } from "../ingest/ingest-event.ts";
import type { OpenStreams } from "./stream/open-streams.ts";

export interface WebDependencies {
  db: Database;
  vault: Vault;
  failures: FailedAuthentication;
  accounts: Pick<AccountDirectory, "find" | "allowsOrigin">;
  ingestEvent: IngestEvent;
  tokens: SessionTokens;
  buckets: TokenBuckets;
  hub: SignalHub;
  notify: Notify;
  streams: OpenStreams;
}
