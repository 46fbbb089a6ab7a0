import {
  beginRequest,
  deleteUnanswered,
  storeResponse,
  type StoredResponse,
} from "../../../db/tenants/idempotency-keys.ts";
import type { Database, Queryable } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { type Using, withoutTransaction } from "../../operations/operation-context.ts";
import { Problem } from "../../problem.ts";

export interface IdempotentRequest {
  tenantId: string;
  /** The header of the request. */
  header: string | string[] | undefined;
  required: boolean;
  /** Method, path, body and API key. */
  fingerprint: string;
  /** A second execution changes nothing more, or its effects are outside the database. */
  isRepeatable: boolean;
}

export type Handle = (key: string | null, committing: Using<"db" | "afterCommit">) => Promise<StoredResponse>;

/** The draft wants a quoted string; most clients send a bare word. */
const HEADER = /^(?:"([\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,255}))$/;

/**
 * Runs `handle` once per `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-08); without a key, each time. Its changes and the
 * stored response are one transaction, so no repetition can find the one without the other. What the request makes may be named by the
 * key that `handle` gets: it is another one when the caller uses its key again after 24 h.
 */
export async function respondOnce(
  { db, vault }: { db: Database; vault: Vault },
  { header, required, isRepeatable, ...request }: IdempotentRequest,
  handle: Handle,
): Promise<StoredResponse & { replayed: boolean }> {
  const key = idempotencyKey(header, required);
  const runIn = async (run: (committing: Using<"db" | "afterCommit">) => Promise<StoredResponse>) =>
    isRepeatable ? await run(withoutTransaction(db)) : await runInTransaction(db, run);
  if (key === null) return { ...(await runIn((committing) => handle(null, committing))), replayed: false };
  const keyed = { ...request, key };
  const begun = await beginRequest(db, vault, keyed);
  if (begun.kind === "answered") return { ...begun.response, replayed: true };
  if (begun.kind !== "first") throw toProblem(begun.kind);
  const fenced = { ...keyed, fence: begun.fence };
  const run = async (committing: Using<"db" | "afterCommit">) => {
    const response = await handle(`${key}:${begun.fence}`, committing);
    if (!(await storeResponse(committing.db, vault, fenced, response))) throw toProblem("in_progress");
    return response;
  };
  try {
    return { ...(await runIn(run)), replayed: false };
  } catch (error) {
    // It changed nothing, so a retry must run again. A commit whose response was lost holds the row until it has a response.
    // Not logged: the row expires after a minute, and the first error is thrown below.
    await deleteUnanswered(db, fenced).catch(() => undefined);
    throw error;
  }
}

/** The work that has to see the changes follows the commit. The rows are its promise: where it is lost, the sweeper does it. */
async function runInTransaction<Result>(
  db: Database,
  run: (committing: Using<"db" | "afterCommit">) => Promise<Result>,
): Promise<Result> {
  const works: ((db: Queryable) => Promise<void>)[] = [];
  const afterCommit = async (work: (db: Queryable) => Promise<void>) => void works.push(work);
  const result = await db.transaction(async (tx) => await run({ db: tx, afterCommit }));
  for (const work of works) await work(db);
  return result;
}

function toProblem(kind: "in_progress" | "reused" | "unreadable"): Problem {
  if (kind === "reused")
    return new Problem(
      "idempotency_key_reused",
      "This Idempotency-Key belongs to another request. Use a new one.",
    );
  if (kind === "unreadable")
    return new Problem("unreadable", "The request was done, but its stored response cannot be decrypted.");
  return new Problem(
    "idempotency_in_progress",
    "Send the same request again in a second to get its response.",
  );
}

function idempotencyKey(header: string | string[] | undefined, required: boolean): string | null {
  if (header === undefined) {
    if (!required) return null;
    const why =
      'Send a new key for each message, such as Idempotency-Key: "7f6c…", and repeat it on every retry.';
    throw new Problem("idempotency_key_missing", why);
  }
  const [, quoted, bare] = HEADER.exec(String(header)) ?? [];
  const key = quoted ?? bare;
  if (key !== undefined) return key;
  const message = "must be 1 to 255 visible ASCII characters, in double quotes";
  throw new Problem("request_invalid", "The Idempotency-Key is invalid.", [
    { field: "header.idempotency-key", message },
  ]);
}
