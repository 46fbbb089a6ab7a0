import type { Database } from "../../db/postgres.ts";
import type { Notify, SignalHub } from "../../db/stream-signals.ts";
import type { TokenBuckets } from "../../db/token-buckets.ts";
import type { Vault } from "../../db/vault.ts";
import type { SessionTokens } from "../../infra/runtime/session-token.ts";
import type { AccountDirectory } from "../account-directory.ts";
import type { TakeEvent } from "../take-event.ts";
import type { OpenStreams } from "./open-streams.ts";

/** What the routes of web chat are built from. */
export interface WebDependencies {
  db: Database;
  vault: Vault;
  accounts: AccountDirectory;
  takeEvent: TakeEvent;
  tokens: SessionTokens;
  buckets: TokenBuckets;
  hub: SignalHub;
  notify: Notify;
  streams: OpenStreams;
}
