import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { openPostgresClient } from "./postgres-client.ts";

/*
 * A message that was acknowledged while Postgres was unavailable waits outside of it: in the start of its workflow or in a spool. It may be
 * a STOP, or be older than a message that Postgres has. So after an outage no turn begins and nothing is sent until such messages had the
 * time to be stored. Each process that begins turns or sends watches Postgres by itself, over a connection of its own:
 *
 *   unavailable -> settling    Postgres responds again
 *   settling    -> open        nothing failed for SETTLE_MS
 *   any         -> unavailable the connection is lost, or a question has no response
 *
 * The ingress accepts a message without Postgres after 1.5 s of silence, or at once when its connection is lost. This watch notices either
 * one no later.
 */

export interface OutageWatch {
  /** How long no turn may begin and nothing may be sent, ms; 0 where Postgres is settled. At least 1 while it is unavailable. */
  holdMs(): number;
  /** Resolves when Postgres is available, and after `limitMs` at the latest. */
  awaitAvailable(limitMs: number): Promise<void>;
  /** A message from outside was stored. Others may follow, so the holds that are in progress last longer, in every process. */
  extendHolds(): void;
  stop(): Promise<void>;
}

interface WatchOptions {
  databaseUrl: string;
  applicationName: string;
}

const ASK_EVERY_MS = 300;
const SILENT_AFTER_MS = 900;
const CONNECT_AGAIN_AFTER_MS = 100;
/** An attempt to store such a message that began before the end of the outage takes 1.5 s to connect, and the next follows after 0.25 s. */
const SETTLE_MS = 2_000;
/** After each stored message from outside. Together with the others it cannot hold sends for longer than the limit. */
const SETTLE_AGAIN_MS = 500;
const SETTLE_LIMIT_MS = 30_000;
/** A younger server was restarted, perhaps while this process was not there to notice. */
const YOUNG_SERVER_MS = 30_000;
/** The server responds and has no connection left for the watch. That is no outage for those who have one. */
const TOO_MANY_CONNECTIONS = "53300";

/** Everything that is held learns the same end of the hold, and Postgres has just come back. */
const SPREAD_MS = 2_000;
/** Notifies the watches of all processes of a stored message. A process that only sends stores none itself. */
const STORED_CHANNEL = "parley_outside_message_stored";
const SERVER_AGE =
  'SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 * 1000 AS "ageMs"';

/** The wait of one held turn or send, ms: they begin at random times. `random` is from 0 to 1. */
export function spreadHold(holdMs: number, random: () => number = Math.random): number {
  return holdMs === 0 ? 0 : Math.ceil(holdMs + random() * SPREAD_MS);
}

export function watchOutages(options: WatchOptions): OutageWatch {
  const state = createOutageState();
  const stopping = new AbortController();
  /** Whether the other processes are still to be notified of a stored message. */
  let hasStored = false;

  async function pause(ms: number): Promise<void> {
    // Not logged: the end of the process ends the pause.
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  async function watchUntilLost(): Promise<void> {
    let isLost = false;
    const lose = () => {
      isLost = true;
      if (!stopping.signal.aborted) state.markUnavailable();
    };
    const client = await openPostgresClient(options.databaseUrl, {
      application_name: options.applicationName,
      connectionTimeoutMillis: SILENT_AFTER_MS,
      keepAlive: true,
      onError: lose,
    });
    client.on("end", lose).on("notification", state.extendHold);
    try {
      await ask(client, `LISTEN ${STORED_CHANNEL}`);
      while (!isLost && !stopping.signal.aborted) {
        const [server] = await ask<{ ageMs: number }>(client, SERVER_AGE);
        if (!isLost) state.markAvailable(server?.ageMs ?? Infinity);
        if (hasStored) {
          hasStored = false;
          await ask(client, `NOTIFY ${STORED_CHANNEL}`);
        }
        await pause(ASK_EVERY_MS);
      }
    } finally {
      // Not logged: the connection is lost already.
      client.end().catch(() => undefined);
    }
  }

  async function watchUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      await watchUntilLost().catch((error: unknown) => {
        if (isTooManyConnections(error)) state.markAvailable(Infinity);
        else state.markUnavailable();
      });
      await pause(CONNECT_AGAIN_AFTER_MS);
    }
  }

  const watching = watchUntilStopped();
  return {
    holdMs: state.holdMs,
    awaitAvailable: state.awaitAvailable,
    extendHolds() {
      state.extendHold();
      hasStored = true;
    },
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

/** The states above, by the monotonic clock of this process. Before the first response Postgres counts as unavailable. */
export function createOutageState(now: () => number = () => performance.now()) {
  let isAvailable = false;
  let isFirst = true;
  let availableSince = -Infinity;
  let holdUntil = Infinity;
  const waiters = new Set<() => void>();

  return {
    markUnavailable(): void {
      isAvailable = false;
      isFirst = false;
      holdUntil = Infinity;
    },
    markAvailable(serverAgeMs: number): void {
      if (isAvailable) return;
      isAvailable = true;
      availableSince = now();
      // A process that starts next to a server that has run for long has missed no outage.
      holdUntil = isFirst && serverAgeMs > YOUNG_SERVER_MS ? -Infinity : availableSince + SETTLE_MS;
      isFirst = false;
      for (const end of waiters) end();
    },
    holdMs: (): number => (isAvailable ? Math.max(0, holdUntil - now()) : SETTLE_MS),
    extendHold(): void {
      if (!isAvailable || now() >= holdUntil) return;
      const limit = availableSince + SETTLE_LIMIT_MS;
      holdUntil = Math.max(holdUntil, Math.min(now() + SETTLE_AGAIN_MS, limit));
    },
    async awaitAvailable(limitMs: number): Promise<void> {
      if (isAvailable) return;
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          waiters.delete(end);
          resolve();
        };
        const timer = setTimeout(end, limitMs);
        waiters.add(end);
      });
    },
  };
}

/** Throws where the server does not respond in time. */
async function ask<Row extends pg.QueryResultRow>(client: pg.Client, text: string): Promise<Row[]> {
  const asked = client.query<Row>(text);
  // Not logged: the race below throws the same error.
  asked.catch(() => undefined);
  const timeout = new AbortController();
  const silence = async () => {
    await sleep(SILENT_AFTER_MS, undefined, { signal: timeout.signal });
    // A response that arrived while this process had no CPU is read first.
    await sleep(1);
    throw new Error("Postgres does not respond.");
  };
  try {
    const { rows } = await Promise.race([asked, silence()]);
    return rows;
  } finally {
    timeout.abort();
  }
}

function isTooManyConnections(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === TOO_MANY_CONNECTIONS;
}
