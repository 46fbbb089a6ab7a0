import { type Fault, type FaultRule, listCauses, toFault } from "./fault.ts";
import { createUnavailable, findNetworkFault } from "./network-faults.ts";

const configuration = (what: string, cause: string, fix: string): FaultRule => ({
  kind: "configuration",
  what,
  cause,
  fix,
});

const PASSWORD = configuration(
  "password_refused",
  "The user or the password was refused.",
  "Put the user and password into REDIS_URL, as redis://user:password@host:6379.",
);
const CLUSTER = configuration(
  "cluster_node",
  "The server is a node of a cluster, and REDIS_URL names it as a single server.",
  "Name the cluster in REDIS_URL (docs/servers.md has the form).",
);
const COMMAND = configuration(
  "command_missing",
  "The server does not know a command or does not run scripts.",
  "Use a Redis or Valkey server that supports scripts (docs/servers.md lists the versions).",
);

/** The first words of an error reply, with its remedy. */
const REPLIES: readonly [RegExp, FaultRule][] = [
  [
    /^(NOAUTH|WRONGPASS)|AUTH.*(no password is set|without any password)|invalid (username-)?password/i,
    PASSWORD,
  ],
  [
    /^NOPERM/,
    configuration(
      "permission_missing",
      "The user may not run a command, or not use a key or channel.",
      "Give the user of REDIS_URL the rights of docs/servers.md: +@all ~* &*, or the listed ones.",
    ),
  ],
  [/^(MOVED|ASK|CROSSSLOT)\b/, CLUSTER],
  [
    /cluster support disabled/i,
    configuration(
      "no_cluster",
      "The server is a single one, and REDIS_URL names a cluster.",
      "Write REDIS_URL as redis://host:6379.",
    ),
  ],
  [/unknown command|unknown subcommand|wrong number of arguments|script.*(not supported|disabled)/i, COMMAND],
  [
    /DB index|SELECT is not allowed/i,
    configuration(
      "unknown_database",
      "There is no database with this number.",
      "Correct the number at the end of REDIS_URL.",
    ),
  ],
  [
    /^READONLY/,
    configuration(
      "read_only",
      "The server is a replica, which accepts no writes.",
      "Name the primary, or the sentinels, in REDIS_URL.",
    ),
  ],
  [
    /^OOM/,
    configuration(
      "memory_full",
      "Its memory is full.",
      "Raise maxmemory of Redis, or set maxmemory-policy to allkeys-lru.",
    ),
  ],
  [
    /^MISCONF/,
    configuration(
      "disk_refused",
      "It cannot save to its disk, so it accepts no writes.",
      "See the log of Redis for the disk.",
    ),
  ],
  [
    /protected mode/i,
    configuration(
      "protected",
      "It accepts no connections from other hosts.",
      "Set a password or `bind` in redis.conf.",
    ),
  ],
];

/** The fault that an error of Redis or of its client reports. */
export function classifyRedisFault(error: unknown): Fault {
  for (const { message } of listCauses(error).toReversed()) {
    const [, rule] = REPLIES.find(([words]) => words.test(message)) ?? [];
    if (rule !== undefined) return toFault("redis", rule, firstWord(message));
  }
  return findNetworkFault("redis", error) ?? createUnavailable("redis");
}

/** Redis' own code. The rest of the reply may contain a key. */
function firstWord(message: string): string | null {
  return /^[A-Z]{3,12}\b/.exec(message)?.[0] ?? null;
}
