import { DBOS } from "@dbos-inc/dbos-sdk";
import type { OpenContestant } from "../pipeline/contestants/contestant.ts";
import { STEP_NAMES } from "../pipeline/steps.ts";

/** A workflow of seven steps, started in its own process without a queue, which is the fastest way in DBOS. */
export const openDbos: OpenContestant = async ({ databaseUrl }, steps) => {
  const message = DBOS.registerWorkflow(
    async (id: string) => {
      for (const step of STEP_NAMES) await DBOS.runStep(() => steps.run(step, id), { name: step });
    },
    { name: "message" },
  );
  DBOS.setConfig({
    name: "bench",
    systemDatabaseUrl: databaseUrl,
    systemDatabasePoolSize: 20,
    logLevel: "error",
  });
  await DBOS.launch();
  return {
    handle: async (id) => await (await DBOS.startWorkflow(message, { workflowID: id })(id)).getResult(),
    close: () => DBOS.shutdown(),
  };
};
