import type { ScenarioContext } from "./scenario-context.ts";

/** A small story about what a careful person would do, and whether Parley does it. */
export interface Scenario {
  /** Its key in `--json`. */
  name: string;
  title: string;
  /** What went otherwise than it should, or null. */
  run(context: ScenarioContext): Promise<string | null>;
}

export interface ScenarioResult extends Pick<Scenario, "name" | "title"> {
  problem: string | null;
}
