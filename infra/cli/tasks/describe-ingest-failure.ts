import { APIError } from "openai";
import { findSqlState, isTransientDbError } from "../../../db/connection/postgres.ts";

/** Why a document was not ingested. The errors of drivers and vendors contain its text, so only their kinds and codes are shown. */
export function describeIngestFailure(error: unknown): string {
  if (error instanceof APIError)
    return `the embedding model responded with ${error.status ?? "nothing"} (${error.code ?? "no code"})`;
  const state = findSqlState(error);
  if (state !== null) return `PostgreSQL rejected it (SQLSTATE ${state})`;
  return `it failed with ${error instanceof Error ? error.name : "an unknown error"}`;
}

/** True for a failure that the next document may have too: a store is unavailable, or a key is refused. */
export function isFailureOfAll(error: unknown): boolean {
  if (error instanceof APIError) return error.status === undefined || error.status >= 401;
  return (
    isTransientDbError(error) ||
    (error instanceof Error && PINECONE_DOWN.test(`${error.name} ${error.message}`))
  );
}

const PINECONE_DOWN = /^Pinecone(Connection|Authorization|Unavailable|InternalServer)|Pinecone answered/;
