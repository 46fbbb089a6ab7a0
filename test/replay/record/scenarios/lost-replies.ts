import { sql } from "drizzle-orm";
import { type Scenario, runTimes } from "../scenario.ts";

const EACH = 4;

/** PostgreSQL has confirmed the parts of a reply, and has lost them before the send: at the first record of each turn. */
export const lostReplies: Scenario = {
  name: "replies that the database loses after they are recorded",
  async run({ parley, newContact, awaitEnds }) {
    const { db } = parley;
    await db.execute(sql`CREATE TABLE lost_replies (turn_id uuid PRIMARY KEY)`);
    await db.execute(sql`
      CREATE FUNCTION lose_reply() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO lost_replies VALUES (NEW.turn_id) ON CONFLICT DO NOTHING;
        IF FOUND THEN RETURN NULL; END IF;
        RETURN NEW;
      END $$`);
    await db.execute(sql`CREATE TRIGGER lose_reply BEFORE INSERT ON deliveries
      FOR EACH ROW EXECUTE FUNCTION lose_reply()`);
    try {
      const sent = await runTimes(EACH, () =>
        parley.sendWebhook({ from: newContact(), text: "Can I return a pump?" }),
      );
      await awaitEnds(sent.map(({ id }) => id));
    } finally {
      await db.execute(sql`DROP TRIGGER lose_reply ON deliveries`);
    }
  },
};
