import type { OpenContestant } from "./contestant.ts";
import { STEP_NAMES } from "../steps.ts";

/** Floor: seven function calls. A crash loses every message in flight. */
export const openNoDurability: OpenContestant = async (_places, steps) => ({
  async handle(id) {
    for (const step of STEP_NAMES) await steps.run(step, id);
  },
  close: async () => undefined,
});
