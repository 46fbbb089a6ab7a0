import { createHash } from "node:crypto";
import { Connection } from "@temporalio/client";
import { connectConfiguredVectors } from "../../../activities/answer/retrieval/configured-vectors.ts";
import { type Seeded, upsertAccount, upsertTenant } from "../../../db/tenants/seed.ts";
import { addIndexVersion, type IndexVersion } from "../../../db/knowledge/index-versions.ts";
import { migrate } from "../../../db/migrate/migrate.ts";
import { MigrationError } from "../../../db/migrate/read-migrations.ts";
import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import type { Config } from "../../runtime/config/config.ts";
import { requireSettings } from "../../runtime/config/require-settings.ts";
import { directDatabaseUrl, pooledDatabase } from "../../runtime/servers/database-settings.ts";
import { UserError } from "../../runtime/errors.ts";
import { temporalConnectionOptions, temporalSettings } from "../../runtime/temporal/temporal-client.ts";
import { createConfiguredVault } from "../../runtime/encryption/vault.ts";
import { readConfiguredAccounts } from "../../channels/configured-accounts.ts";
import { requireDatabase } from "./require-servers.ts";
import { ensureSearchAttributes } from "./search-attributes.ts";

/**
 * Creates everything that the servers need: the schema, the tenant and channel accounts of the environment, the search attributes, the
 * vector index. Every step may run again.
 */
export async function migrateAll(config: Config, report: (line: string) => void): Promise<void> {
  requireSettings(config, "parley migrate", ["PINECONE_API_KEY"]);
  await requireDatabase(config);
  await migrate(directDatabaseUrl(config), { report: (line) => report(`PostgreSQL: ${line}`) }).catch(
    (error: unknown) => {
      throw error instanceof MigrationError ? new UserError(error.message) : error;
    },
  );
  report("PostgreSQL: the schema is up to date");
  const db = connectPostgres({
    ...pooledDatabase(config),
    maxConnections: 2,
    applicationName: "parley-migrate",
    onError: () => undefined,
  });
  try {
    await seedAccounts(db, config, report);
    const version = configuredIndexVersion(config);
    await connectConfiguredVectors(config).ensureIndex(version);
    await addIndexVersion(db, version);
    report(`Pinecone: the index ${version.pineconeIndex} exists`);
  } finally {
    await db.$client.end();
  }
  await prepareTemporal(config);
  report("Temporal: the search attributes exist");
}

/** The version of the index for the configured embedding. Its id names the model and the dimensions. */
export function configuredIndexVersion(config: Config): IndexVersion {
  const { PARLEY_EMBEDDING_MODEL: embeddingModel, PARLEY_EMBEDDING_DIMENSIONS: dimensions } = config;
  const id = `${embeddingModel}@${dimensions}`;
  const short = createHash("sha256").update(id).digest("hex").slice(0, 8);
  return { id, embeddingModel, dimensions, pineconeIndex: `${config.PARLEY_PINECONE_INDEX}-${short}` };
}

async function seedAccounts(db: Database, config: Config, report: (line: string) => void): Promise<void> {
  const vault = createConfiguredVault(config);
  const tenant = {
    id: config.PARLEY_TENANT,
    businessName: config.PARLEY_BUSINESS_NAME,
    dailyBudgetUsd: config.PARLEY_DAILY_BUDGET_USD,
  };
  const name = `Tenant "${tenant.id}"`;
  reportSeeded(await upsertTenant(db, tenant), name, report);
  for (const account of readConfiguredAccounts(config)) {
    const path = `${account.channel}/${account.accountId}`;
    const seeded = await upsertAccount(db, vault, account);
    reportSeeded(seeded, `Account ${path}`, report);
    if (seeded.isDisabled)
      report(`Account ${path} is disabled and stays so: \`parley accounts enable ${path}\` enables it`);
  }
  report(`${name} and its channel accounts are stored`);
}

/** The newer description wins, so an operator must learn which one that is. */
function reportSeeded({ written, kept }: Seeded, name: string, report: (line: string) => void): void {
  if (written.length > 0)
    report(`${name}: ${written.join(", ")} taken from the environment, which has changed`);
  if (kept.length > 0)
    report(
      `${name}: ${kept.join(", ")} kept as changed through the API; the environment is older and was not restored`,
    );
}

async function prepareTemporal(config: Config): Promise<void> {
  const settings = temporalSettings(config);
  const connection = await Connection.connect({
    ...temporalConnectionOptions(settings),
    connectTimeout: 5_000,
  });
  try {
    await ensureSearchAttributes(connection, settings.namespace);
  } finally {
    await connection.close();
  }
}
