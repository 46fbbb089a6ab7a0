import type { Stage } from "./stage.ts";

/** A small story about what a careful person would do, and whether Parley does it. */
export interface Scene {
  /** Its key in `--json`. */
  name: string;
  title: string;
  /** What went otherwise than it should, or null. */
  play(stage: Stage): Promise<string | null>;
}

export interface PlayedScene extends Pick<Scene, "name" | "title"> {
  problem: string | null;
}
