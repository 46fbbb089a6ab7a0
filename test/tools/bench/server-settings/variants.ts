/** One difference from the shipped configuration in `infra/deploy/temporal/`, or from the defaults of PostgreSQL. */
export interface Variant {
  name: string;
  /** Replaces values of `infra/deploy/temporal/server.env`. */
  env?: Readonly<Record<string, string>>;
  /** Replaces values of `infra/deploy/temporal/dynamic-config.yaml`. */
  dynamic?: Readonly<Record<string, string>>;
  /** Settings of Postgres that take effect without a restart. */
  postgres?: Readonly<Record<string, string>>;
  /** The reason why the variant is measured but never shipped. */
  forbidden?: string;
}

const UNTUNED_RATES = {
  "frontend.rps": "2400",
  "frontend.namespaceRPS": "2400",
  "frontend.namespaceCount": "1200",
  "history.rps": "3000",
  "matching.rps": "1200",
  "frontend.persistenceMaxQPS": "2000",
  "history.persistenceMaxQPS": "9000",
  "matching.persistenceMaxQPS": "3000",
};
const FOUR_PARTITIONS = {
  "matching.numTaskqueueReadPartitions": "4",
  "matching.numTaskqueueWritePartitions": "4",
};
const OLD_MATCHER = { "matching.useNewMatcher": "false", "matching.enableFairness": "false" };
const LISTS_AT_ONCE = {
  "history.visibilityProcessorMaxPollRPS": "20",
  "history.visibilityTaskBatchSize": "100",
};
const NOT_EAGER = { "system.enableActivityEagerExecution": "false" };

/** All variants; each is compared with the shipped configuration. */
export const VARIANTS: readonly Variant[] = [
  { name: "gogc_100", env: { GOGC: "100" } },
  { name: "gogc_800", env: { GOGC: "800" } },
  { name: "shards_4", env: { NUM_HISTORY_SHARDS: "4" } },
  { name: "shards_16", env: { NUM_HISTORY_SHARDS: "16" } },
  { name: "shards_512", env: { NUM_HISTORY_SHARDS: "512" } },
  { name: "lib_pq", env: { DB: "postgres12" } },
  { name: "connections_8", env: { SQL_MAX_CONNS: "8", SQL_MAX_IDLE_CONNS: "8" } },
  { name: "partitions_4", dynamic: FOUR_PARTITIONS },
  { name: "old_matcher_no_fairness", dynamic: OLD_MATCHER },
  { name: "no_eager_activities", dynamic: NOT_EAGER },
  { name: "lists_written_at_once", dynamic: LISTS_AT_ONCE },
  { name: "usual_rate_limits", dynamic: UNTUNED_RATES },
  {
    name: "as_it_comes",
    env: { GOGC: "100", DB: "postgres12", NUM_HISTORY_SHARDS: "4" },
    dynamic: { ...UNTUNED_RATES, ...FOUR_PARTITIONS, ...OLD_MATCHER, ...LISTS_AT_ONCE, ...NOT_EAGER },
  },
  { name: "wal_compression", postgres: { wal_compression: "on" } },
  { name: "rare_checkpoints", postgres: { max_wal_size: "4GB", checkpoint_timeout: "30min" } },
  {
    name: "full_page_writes_off",
    postgres: { full_page_writes: "off" },
    forbidden: "a page that is half written at a power failure cannot be repaired",
  },
  {
    name: "synchronous_commit_off",
    postgres: { synchronous_commit: "off" },
    forbidden: "writes that were acknowledged in the last half second may be lost",
  },
];
