import type { Steps } from "../steps.ts";

/** Where the servers of this run are. Each contestant has a database of its own, empty at first. */
export interface ServerAddresses {
  temporalAddress: string;
  databaseUrl: string;
  redisUrl: string;
  restateIngressUrl: string;
  restateAdminUrl: string;
  /** Where a contestant may listen itself. */
  ownPort: number;
}

/** One way to take a message through its seven steps, in the settings in which it does best. */
export interface Contestant {
  /** Takes one message in; resolves when nothing of it is left to do here, or when its server has taken it over. */
  handle(id: string): Promise<unknown>;
  /** Where a server took them over: resolves when it has written the end of these. */
  settle?(ids: readonly string[]): Promise<unknown>;
  close(): Promise<unknown>;
}

export type OpenContestant = (places: ServerAddresses, steps: Steps) => Promise<Contestant>;
