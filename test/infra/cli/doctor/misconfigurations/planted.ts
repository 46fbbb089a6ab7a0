import type { Installation } from "../../../../support/open-installation.ts";

type Env = Record<string, string>;

/** A wrong configuration, and what doctor must say about it. */
export interface Planted {
  name: string;
  /** Makes the installation wrong, and returns the settings that differ. */
  plant(parley: Installation): Promise<Env> | Env;
  check: string;
  /** The code of the finding. */
  code: string;
  /** A part of the way out. */
  fix: string;
}
