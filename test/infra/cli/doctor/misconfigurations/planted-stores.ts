import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { onTestFinished } from "vitest";
import type { Installation } from "../../../../support/open-installation.ts";
import type { Planted } from "./planted.ts";
import {
  clusterNode,
  openProtectedRedis,
  plainPostgres,
  redisWithoutScripts,
  refusingPostgres,
  untrustedPostgres,
} from "./planted-servers.ts";

/** The settings with a role of the test in place of the owner of the database. */
async function connectAs({ db, config }: Installation, attribute: string, change: string) {
  const role = `planted_${randomBytes(4).toString("hex")}`;
  await db.execute(sql.raw(`CREATE ROLE ${role} LOGIN ${attribute} PASSWORD 'planted'`));
  onTestFinished(async () => void (await db.execute(sql.raw(`DROP ROLE ${role}`))));
  await db.execute(sql.raw(`ALTER ROLE ${role} ${change}`));
  const url = new URL(config.DATABASE_URL);
  url.username = role;
  url.password = "planted";
  return { DATABASE_URL: url.href };
}

const databaseOf = (parley: Installation) => new URL(parley.config.DATABASE_URL);

/** Wrong configurations of the stores. */
export const STORES_PLANTED: readonly Planted[] = [
  {
    name: "PgBouncer with its defaults",
    plant: async () => ({
      DATABASE_URL: await refusingPostgres("08P01", "unsupported startup parameter: statement_timeout"),
    }),
    check: "PostgreSQL",
    code: "postgres.parameter_refused",
    fix: "ignore_startup_parameters",
  },
  {
    name: "PgBouncer that does not know the database",
    plant: async () => ({ DATABASE_URL: await refusingPostgres("08P01", "no such database: parley") }),
    check: "PostgreSQL",
    code: "postgres.unknown_database",
    fix: "DATABASE_URL",
  },
  {
    name: "a wrong password of PostgreSQL",
    plant: async () => ({
      DATABASE_URL: await refusingPostgres("28P01", 'password authentication failed for user "parley"'),
    }),
    check: "PostgreSQL",
    code: "postgres.password_refused",
    fix: "DATABASE_URL",
  },
  {
    name: "a user that pg_hba.conf does not allow",
    plant: async () => ({ DATABASE_URL: await refusingPostgres("28000", "no pg_hba.conf entry for host") }),
    check: "PostgreSQL",
    code: "postgres.user_refused",
    fix: "pg_hba.conf",
  },
  {
    name: "a database that does not exist",
    plant(parley) {
      const url = databaseOf(parley);
      url.pathname = "/no_such_database";
      return { DATABASE_URL: url.href };
    },
    check: "PostgreSQL",
    code: "postgres.unknown_database",
    fix: "createdb",
  },
  {
    name: "a certificate of PostgreSQL from an unknown authority",
    plant: async () => ({ DATABASE_URL: await untrustedPostgres() }),
    check: "PostgreSQL",
    code: "postgres.certificate_not_trusted",
    fix: "sslrootcert",
  },
  {
    name: "sslmode for a PostgreSQL without TLS",
    plant: async () => ({ DATABASE_URL: await plainPostgres() }),
    check: "PostgreSQL",
    code: "postgres.no_tls",
    fix: "sslmode",
  },
  {
    name: "a typing error in the host of PostgreSQL",
    plant: () => ({ DATABASE_URL: "postgres://parley:secret@db.invalid:5432/parley" }),
    check: "PostgreSQL",
    code: "postgres.unknown_host",
    fix: "DATABASE_URL",
  },
  {
    name: "a database without the schema",
    plant(parley) {
      const url = databaseOf(parley);
      url.pathname = "/postgres";
      return { DATABASE_URL: url.href };
    },
    check: "PostgreSQL",
    code: "postgres.schema_missing",
    fix: "parley migrate",
  },
  {
    name: "a standby in place of the primary",
    // The role sees the database as a standby shows it.
    plant: async (parley) => await connectAs(parley, "SUPERUSER", "SET default_transaction_read_only = on"),
    check: "PostgreSQL",
    code: "postgres.read_only",
    fix: "primary",
  },
  {
    name: "a user of PostgreSQL without rights",
    plant: async (parley) => await connectAs(parley, "NOSUPERUSER", "SET search_path = public"),
    check: "PostgreSQL",
    code: "postgres.permission_missing",
    fix: "DATABASE_URL",
  },
  {
    name: "Redis without its password",
    plant: async () => ({ REDIS_URL: `redis://${(await openProtectedRedis()).address}` }),
    check: "Redis",
    code: "redis.password_refused",
    fix: "REDIS_URL",
  },
  {
    name: "a wrong password of Redis",
    plant: async () => ({ REDIS_URL: `redis://:wrong@${(await openProtectedRedis()).address}` }),
    check: "Redis",
    code: "redis.password_refused",
    fix: "REDIS_URL",
  },
  {
    name: "a user of Redis who may run no scripts",
    async plant() {
      const { address, limited } = await openProtectedRedis();
      return { REDIS_URL: `redis://${limited}@${address}` };
    },
    check: "Redis",
    code: "redis.permission_missing",
    fix: "REDIS_URL",
  },
  {
    name: "a node of a Redis Cluster as a single server",
    plant: async () => ({ REDIS_URL: await clusterNode() }),
    check: "Redis",
    code: "redis.cluster_node",
    fix: "cluster",
  },
  {
    name: "a Redis without scripts",
    plant: async () => ({ REDIS_URL: await redisWithoutScripts() }),
    check: "Redis",
    code: "redis.command_missing",
    fix: "scripts",
  },
];
