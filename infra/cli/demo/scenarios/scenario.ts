import type { ScenarioContext } from "./scenario-context.ts";

/** A short dialogue with the expected behaviour of Parley. */
export interface Scenario {
  /** Its key in the output of `--json`. */
  name: string;
  title: string;
  /** The difference to the expected behaviour, or null. */
  run(context: ScenarioContext): Promise<string | null>;
}

export interface ScenarioResult extends Pick<Scenario, "name" | "title"> {
  problem: string | null;
}
