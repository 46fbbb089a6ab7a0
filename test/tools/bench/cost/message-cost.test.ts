import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { listContacts, REPEATABLE_QUESTION } from "../load/webhook-request.ts";
import { connectPostgres, type Database } from "../../../../db/connection/postgres.ts";
import { TEST_CONNECT_MS } from "../../../support/await-connection.ts";
import { cloneDatabase } from "../../../support/clone-database.ts";
import { type Installation, openInstallation } from "../../../support/open-installation.ts";
import { answerMessage, type CountedInstallation, countMessages } from "./count-messages.ts";
import { LIMITS } from "./limits.ts";
import { namePortals } from "./name-portals.ts";
import { followFile, LOG_SETTINGS } from "./statement-log.ts";

const MESSAGES = 3;
const HISTORY = 2;
const logFile = inject("postgresLog");

let installation: Installation;
let db: Database;
let counted: CountedInstallation;
let drop = async () => undefined as void;

async function runAsAdmin(...statements: string[]): Promise<void> {
  const client = new pg.Client({
    connectionString: Object.assign(new URL(inject("sandboxEnv")["DATABASE_URL"] ?? ""), {
      pathname: "/postgres",
    }).href,
  });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

// A server that this run has not started has no log that could be read.
describe.skipIf(logFile === null)("a message", () => {
  beforeAll(async () => {
    namePortals();
    const name = `test_cost_${randomBytes(4).toString("hex")}`;
    const database = await cloneDatabase(inject("sandboxEnv")["DATABASE_URL"] ?? "", name);
    drop = database.drop;
    const { log_line_prefix: prefix, ...own } = LOG_SETTINGS;
    await runAsAdmin(
      `ALTER SYSTEM SET log_line_prefix = '${prefix}'`,
      "SELECT pg_reload_conf()",
      ...Object.entries(own).map(([setting, value]) => `ALTER DATABASE ${name} SET ${setting} = '${value}'`),
    );
    installation = await openInstallation({ env: { DATABASE_URL: database.url } });
    const { temporal } = installation;
    db = connectPostgres({
      url: database.url,
      maxConnections: 1,
      applicationName: "test",
      connectTimeoutMs: TEST_CONNECT_MS,
      onError: () => undefined,
    });
    if (temporal === undefined || logFile === null) throw new Error("The test needs a worker.");
    counted = {
      db,
      temporal,
      readLog: followFile(logFile),
      sendMessage: async (from) => (await installation.sendWebhook({ from, text: REPEATABLE_QUESTION })).id,
    };
    await answerMessage(counted, "warm-up");
  });
  afterAll(async () => {
    await installation.close();
    await db.$client.end();
    await drop();
  });

  it("from a new contact runs no more SQL statements and synced commits than the recorded limit", async () => {
    const { total, by_step: steps } = await countMessages(counted, listContacts("new", MESSAGES));
    expect(total.statements, JSON.stringify(steps)).toBeLessThanOrEqual(LIMITS.new_contact.statements);
    expect(total.synced_commits, JSON.stringify(steps)).toBeLessThanOrEqual(
      LIMITS.new_contact.synced_commits,
    );
  });

  it("from a known contact runs no more SQL statements and synced commits than the recorded limit", async () => {
    for (let turn = 0; turn < HISTORY; turn++) await answerMessage(counted, "known");
    const { total, by_step: steps } = await countMessages(
      counted,
      Array.from({ length: MESSAGES }, () => "known"),
    );
    expect(total.statements, JSON.stringify(steps)).toBeLessThanOrEqual(LIMITS.known_contact.statements);
    expect(total.synced_commits, JSON.stringify(steps)).toBeLessThanOrEqual(
      LIMITS.known_contact.synced_commits,
    );
  });
});
