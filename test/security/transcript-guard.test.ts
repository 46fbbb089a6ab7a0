import { sql } from "drizzle-orm";
import { expect, it, onTestFinished } from "vitest";
import { openDatabase } from "../support/open-database.ts";

it("neither the transcript nor a partition of it can be truncated, also a partition that was made later", async () => {
  const { db, close } = await openDatabase("transcript");
  onTestFinished(close);
  await db.execute(sql`SELECT ensure_message_partitions(9)`);
  const { rows } = await db.execute<{ name: string }>(
    sql`SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'messages'::regclass`,
  );
  expect(rows.length).toBeGreaterThan(9);
  for (const name of ["messages", ...rows.map((row) => row.name)])
    await expect(db.execute(sql`TRUNCATE ${sql.identifier(name)}`), name).rejects.toMatchObject({
      cause: { code: "23000" },
    });
});
