import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { WEB } from "../../../db/web/stream.ts";
import { networkOf } from "../../../infra/runtime/network/network-of.ts";
import { Problem } from "../../problem.ts";
import { parseInput } from "../../parse-request.ts";
import { type CrossOrigin, requireOrigin } from "../cross-origin.ts";
import { openSession } from "./open-session.ts";
import { problems } from "../route-schema.ts";
import { anonymousAddress, createVisitorSecret, VISITOR_SECRET } from "./visitor.ts";
import type { WebDependencies } from "../web-dependencies.ts";

const BODY = z.strictObject({
  visitor_secret: z
    .string()
    .regex(VISITOR_SECRET, "must be the visitor_secret of an earlier answer, or absent")
    .optional(),
});

/** An office behind one address fits in; somebody who makes up visitors gets one conversation a second. */
const PER_NETWORK = { capacity: 60, refillPerSecond: 1 };
const BODY_LIMIT = 1_024;
const PATH = "/web/:account/sessions";

/** `POST /web/{account}/sessions`: a session for a visitor whom nobody vouches for, asked for by the widget. */
export function registerAnonymousSessions(
  app: FastifyInstance,
  dependencies: WebDependencies,
  { allowOrigin, preflight }: CrossOrigin,
): void {
  const { accounts, buckets, vault } = dependencies;

  app.options(PATH, { schema: { hide: true } }, preflight);
  app.post<{ Params: { account: string } }>(
    PATH,
    { schema: SCHEMA, onRequest: allowOrigin, bodyLimit: BODY_LIMIT },
    async (request, reply) => {
      const account = await accounts.find(WEB, request.params.account);
      if (account === null || account.disabled)
        throw new Problem("unknown_account", `No web chat is called "${request.params.account}".`);
      requireOrigin(account, request.headers.origin);
      const wait = await takeToken(request.ip);
      if (wait > 0) {
        void reply.header("retry-after", wait);
        throw new Problem("rate_limited", `Too many sessions from this network; come again in ${wait} s.`);
      }
      const { visitor_secret = createVisitorSecret() } = parseInput("body", BODY, request.body);
      const session = await openSession(dependencies, account, anonymousAddress(visitor_secret));
      return await reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ ...session, visitor_secret });
    },
  );

  /** Seconds; what stands in Redis for a minute is a keyed hash, and the address itself nowhere. */
  async function takeToken(ip: string): Promise<number> {
    const network = vault.hash(`web network\n${networkOf(ip)}`).toString("base64url");
    const { waitMs } = await buckets.take([{ key: `{web:${network}}:sessions`, ...PER_NETWORK }]);
    return Math.ceil(waitMs / 1_000);
  }
}

const SCHEMA = {
  summary: "A session for an anonymous visitor of a page",
  description:
    "For the widget: the browser's Origin has to be among the account's `origins`. Keep `visitor_secret` to come back to the same conversation.",
  operationId: "openAnonymousSession",
  tags: ["web chat"],
  params: {
    type: "object",
    required: ["account"],
    properties: { account: { type: "string", maxLength: 128, examples: ["main"] } },
  },
  response: {
    201: {
      description: "Valid for 15 minutes; ask again before it ends",
      type: "object",
      required: ["token", "expires_at", "conversation_id", "visitor_secret"],
      properties: {
        token: { type: "string", examples: ["pws1.WyJhY21lIiwi…"] },
        expires_at: { type: "string", format: "date-time" },
        conversation_id: { type: "string", format: "uuid" },
        visitor_secret: { type: "string", examples: ["3q2-7wAAAAAAAAAAAAAAAA"] },
      },
    },
    ...problems("origin_refused", "unknown_account", "rate_limited", "request_invalid"),
  },
} as const;
