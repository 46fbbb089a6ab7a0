import type { Steps } from "../steps.ts";

/** The servers of this run. Each contestant has its own database, which is empty at the start. */
export interface ServerAddresses {
  temporalAddress: string;
  databaseUrl: string;
  redisUrl: string;
  restateIngressUrl: string;
  restateAdminUrl: string;
  /** A port on which the contestant may listen. */
  ownPort: number;
}

/** One way to run the seven steps of a message, with the settings that suit it best. */
export interface Contestant {
  /** Starts one message. Resolves when all of its work is done, or when its server has accepted the work. */
  handle(id: string): Promise<unknown>;
  /** For contestants with a server: resolves when the server has written the end of these messages. */
  settle?(ids: readonly string[]): Promise<unknown>;
  close(): Promise<unknown>;
}

export type OpenContestant = (places: ServerAddresses, steps: Steps) => Promise<Contestant>;
