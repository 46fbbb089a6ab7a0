import { chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPostgresClient } from "../../../db/connection/postgres-client.ts";
import { connectPostgres } from "../../../db/connection/postgres.ts";
import { freePort } from "../../../infra/sandbox/ports.ts";
import { createPostgresService, UNPRIVILEGED } from "../../../infra/sandbox/services/postgres-service.ts";
import { TEST_CONNECT_MS } from "../../support/await-connection.ts";
import { createAuthority, type TestAuthority } from "../../support/servers/certificates.ts";
import { eventually } from "../../support/eventually.ts";
import { openServices, type Services } from "../../support/servers/open-services.ts";

let services: Services;
let authority: TestAuthority;
let port: number;
let sockets: string;

/** A server of this file's own, with TLS and a socket. */
beforeAll(async () => {
  services = openServices();
  authority = createAuthority();
  port = await freePort();
  sockets = join(services.dataDir, "sockets");
  const { certFile, keyFile } = authority.issue("localhost");
  const key = join(services.dataDir, "server.key");
  mkdirSync(sockets, { mode: 0o777 });
  copyFileSync(keyFile, key);
  if (process.getuid?.() === 0)
    for (const path of [key, sockets]) chownSync(path, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
  const settings = [
    "ssl=on",
    `ssl_cert_file=${certFile}`,
    `ssl_key_file=${key}`,
    `unix_socket_directories=${sockets}`,
  ];
  await services.start(createPostgresService({ dataDir: services.dataDir, port, settings }).spec);
});
afterAll(async () => {
  await services.close();
  authority.remove();
});

interface Session {
  encrypted: boolean;
  viaSocket: boolean;
  readOnly: boolean;
}

const QUERY = `SELECT coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS "encrypted",
  inet_server_addr() IS NULL AS "viaSocket", current_setting('transaction_read_only') = 'on' AS "readOnly"`;

async function readSession(url: string): Promise<Session | undefined> {
  const client = await openPostgresClient(url, {
    connectionTimeoutMillis: TEST_CONNECT_MS,
    onError: () => undefined,
  });
  const { rows } = await client.query<Session>(QUERY);
  await client.end();
  return rows[0];
}

const at = (hosts: string, query = "") => `postgres://parley@${hosts}/parley${query}`;
const failure = async (url: string) => await readSession(url).catch((error: unknown) => error);

it("sslmode=require encrypts with any certificate, and verifies that of a given authority", async () => {
  expect(await readSession(at(`localhost:${port}`))).toMatchObject({ encrypted: false });
  expect(await readSession(at(`localhost:${port}`, "?sslmode=require"))).toMatchObject({ encrypted: true });
  const right = `?sslmode=require&sslrootcert=${authority.certFile}`;
  expect(await readSession(at(`127.0.0.1:${port}`, right))).toMatchObject({ encrypted: true });
  const other = createAuthority();
  const error = await failure(at(`localhost:${port}`, `?sslmode=require&sslrootcert=${other.certFile}`));
  expect(error).toMatchObject({ message: expect.stringMatching(/certificate|signature/) });
  other.remove();
});

it("sslmode=verify-full verifies the authority and the name, and verify-ca only the authority", async () => {
  const ca = `&sslrootcert=${authority.certFile}`;
  expect(await readSession(at(`localhost:${port}`, `?sslmode=verify-full${ca}`))).toMatchObject({
    encrypted: true,
  });
  expect(await failure(at(`127.0.0.1:${port}`, `?sslmode=verify-full${ca}`))).toMatchObject({
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
  expect(await readSession(at(`127.0.0.1:${port}`, `?sslmode=verify-ca${ca}`))).toMatchObject({
    encrypted: true,
  });
  expect(await failure(at(`localhost:${port}`, "?sslmode=verify-full"))).toBeInstanceOf(Error);
});

it("a certificate file that is missing for a short time fails the connections of that time, and not the process", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "parley-certificate-")), "ca.pem");
  copyFileSync(authority.certFile, file);
  const db = connectPostgres({
    url: at(`localhost:${port}`, `?sslmode=require&sslrootcert=${file}`),
    maxConnections: 1,
    applicationName: "test",
    connectTimeoutMs: TEST_CONNECT_MS,
    onError: () => undefined,
  });
  await db.execute("SELECT 1");
  rmSync(file);
  // The pool makes the connection of the second statement when that of the first has ended.
  const ended = db.execute("SELECT pg_terminate_backend(pg_backend_pid())");
  const next = db.execute("SELECT 1");
  await expect(ended).rejects.toThrow();
  await expect(next).rejects.toMatchObject({ cause: { code: "ENOENT" } });
  copyFileSync(authority.certFile, file);
  expect((await db.execute("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  await db.$client.end();
  rmSync(dirname(file), { recursive: true });
});

it("the folder of a Unix socket is an address, in the name of the host and in a parameter", async () => {
  for (const url of [
    `postgres://parley@${encodeURIComponent(sockets)}:${port}/parley`,
    `postgres:///parley?host=${sockets}&port=${port}&user=parley`,
    `postgres://parley@/parley?host=${encodeURIComponent(sockets)}&port=${port}&sslmode=require`,
  ])
    expect(await readSession(url), url).toMatchObject({ viaSocket: true });
});

it("of several hosts the one that takes writes is used, for a pool and for a client of its own", async () => {
  const client = new pg.Client({ host: "127.0.0.1", port, user: "parley", database: "postgres" });
  await client.connect();
  await client.query("CREATE DATABASE standby");
  await client.query("ALTER DATABASE standby SET default_transaction_read_only = on");
  // A pool that begins with the other host finds the one that is there.
  const absent = await freePort();
  const url = at(`127.0.0.1:${absent},127.0.0.1:${port}`);
  expect(await readSession(url)).toMatchObject({ readOnly: false });
  const db = connectPostgres({
    url,
    maxConnections: 3,
    applicationName: "test",
    connectTimeoutMs: TEST_CONNECT_MS,
    onError: () => undefined,
  });
  await Promise.all(Array.from({ length: 6 }, async () => await db.execute("SELECT 1")));
  await client.end();
  await services.restart("postgres");
  await eventually("the pool to be in order", async () => await db.execute("SELECT 1").catch(() => null));
  await db.$client.end();
  expect(
    await failure(at(`127.0.0.1:${absent},127.0.0.1:${port}`).replace(/parley$/, "standby")),
  ).toMatchObject({
    code: "25006",
  });
});
