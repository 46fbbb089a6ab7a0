import pg from "pg";
import type { OpenContestant } from "./contestant.ts";
import { STEP_NAMES } from "../steps.ts";

/** Floor: one write for the arrival and one for the end. After a crash, all steps run again. */
export const openInboxRow: OpenContestant = async ({ databaseUrl }, steps) => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  await pool.query("CREATE TABLE inbox (id text PRIMARY KEY, state text NOT NULL)");
  return {
    async handle(id) {
      await pool.query({ name: "take", text: "INSERT INTO inbox VALUES ($1, 'pending')", values: [id] });
      for (const step of STEP_NAMES) await steps.run(step, id);
      await pool.query({
        name: "end",
        text: "UPDATE inbox SET state = 'answered' WHERE id = $1",
        values: [id],
      });
    },
    close: () => pool.end(),
  };
};
