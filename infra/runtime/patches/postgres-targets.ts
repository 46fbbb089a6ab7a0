import { NodePgPreparedQuery, NodePgSession } from "drizzle-orm/node-postgres";
import pg from "pg";
import { type PatchTarget, readMethod } from "./check-patch.ts";

/** How a statement is given to the connection, and how pg reports a late response. */
export const CLIENT_QUERY: PatchTarget = {
  code: "Client.prototype.query of pg",
  writtenFor: "pg 8.23.1",
  fingerprint: "e0d6c16a864254c3",
  read: () => readMethod(pg.Client.prototype, "query"),
};

/** The arguments with which drizzle calls `query`. */
export const PREPARED_EXECUTE: PatchTarget = {
  code: "NodePgPreparedQuery.prototype.execute of drizzle-orm/node-postgres",
  writtenFor: "drizzle-orm 0.45.4",
  fingerprint: "ab62b8a4c2b522e6",
  read: () => readMethod(NodePgPreparedQuery.prototype, "execute"),
};

/** What drizzle does with a connection from BEGIN to COMMIT. */
export const SESSION_TRANSACTION: PatchTarget = {
  code: "NodePgSession.prototype.transaction of drizzle-orm/node-postgres",
  writtenFor: "drizzle-orm 0.45.4",
  fingerprint: "6f60b3fa201bb790",
  read: () => readMethod(NodePgSession.prototype, "transaction"),
};

/** The messages of a statement, and what pg does with the responses to them. */
export const QUERY: PatchTarget = {
  code: "Query of pg",
  writtenFor: "pg 8.23.1",
  fingerprint: "65c6baae14173b88",
  read: () => pg.Query,
};
