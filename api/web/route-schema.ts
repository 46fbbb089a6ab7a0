import { type ProblemCode, statusOf } from "../problem.ts";

const ALWAYS = [
  "bad_request",
  "body_too_large",
  "unsupported_media_type",
  "internal",
  "unavailable",
] as const;

/** The problems of a route by status, for the OpenAPI document. */
export function describeProblems(...codes: ProblemCode[]) {
  const byStatus = Map.groupBy(new Set([...codes, ...ALWAYS]), statusOf);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      status,
      {
        description: `Code ${ofStatus.map((code) => `\`${code}\``).join(" or ")}`,
        content: { "application/problem+json": { schema: { $ref: "Problem#" } } },
      },
    ]),
  );
}

/** The problems of every route for a session, in addition to its own. */
export const SESSION_PROBLEMS = [
  "session_missing",
  "session_invalid",
  "session_expired",
  "session_elsewhere",
  "account_disabled",
  "origin_refused",
] as const satisfies readonly ProblemCode[];

export const CONVERSATION_PARAMS = {
  type: "object",
  required: ["conversation_id"],
  properties: { conversation_id: { type: "string", format: "uuid" } },
} as const;
