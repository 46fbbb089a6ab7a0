import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { WEB } from "../../../db/web/stream.ts";
import { Problem } from "../../problem.ts";
import { parseInput } from "../../parse-request.ts";
import { type CrossOrigin, requireOrigin } from "../cross-origin.ts";
import { openSession } from "./open-session.ts";
import { describeProblems } from "../route-schema.ts";
import { hashNetwork } from "./visitor-network.ts";
import { anonymousAddress, createVisitorSecret, VISITOR_SECRET } from "./visitor.ts";
import type { WebDependencies } from "../web-dependencies.ts";

const BODY = z.strictObject({
  visitor_secret: z
    .string()
    .regex(VISITOR_SECRET, "must be the visitor_secret of an earlier response, or absent")
    .optional(),
});

/** Enough for an office with one public address. A caller that invents visitors gets one conversation per second. */
const PER_NETWORK = { capacity: 60, refillPerSecond: 1 };
const BODY_LIMIT = 1_024;
const PATH = "/web/:account/sessions";

/** `POST /web/{account}/sessions`: a session for an anonymous visitor, opened by the widget. */
export function registerAnonymousSessions(
  app: FastifyInstance,
  dependencies: WebDependencies,
  { allowOrigin, preflight }: CrossOrigin,
): void {
  const { accounts, buckets, failures, vault } = dependencies;

  app.options(PATH, { schema: { hide: true } }, preflight);
  app.post<{ Params: { account: string } }>(
    PATH,
    { schema: SCHEMA, onRequest: allowOrigin, bodyLimit: BODY_LIMIT },
    async (request, reply) => {
      const takeQuestion = () => failures.takeQuestion(request.ip);
      const account = await accounts.find(WEB, request.params.account, takeQuestion);
      if (account === null) failures.record("web_account", request.ip);
      if (account === null || account.disabled)
        throw new Problem("unknown_account", `There is no web chat account "${request.params.account}".`);
      requireOrigin(account, request.headers.origin);
      const network = hashNetwork(vault, request.ip);
      const retryAfterS = await takeToken(network);
      if (retryAfterS > 0) {
        const detail = `Too many sessions from this network; try again in ${retryAfterS} s.`;
        throw new Problem("rate_limited", detail, [], { retryAfterS });
      }
      const { visitor_secret = createVisitorSecret() } = parseInput("body", BODY, request.body);
      const session = await openSession(dependencies, account, anonymousAddress(visitor_secret), network);
      return await reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ ...session, visitor_secret });
    },
  );

  /** Returns the wait in seconds. Redis keeps a keyed hash for a minute; the address itself is not stored. */
  async function takeToken(network: string): Promise<number> {
    const { waitMs } = await buckets.take([{ key: `{web:${network}}:sessions`, ...PER_NETWORK }]);
    return Math.ceil(waitMs / 1_000);
  }
}

const SCHEMA = {
  summary: "A session for an anonymous visitor",
  description:
    "For the widget: the browser's Origin must be one of the account's `origins`. Keep `visitor_secret` to return to the same conversation.",
  operationId: "openAnonymousSession",
  tags: ["web chat"],
  // The browser's Origin decides.
  security: [],
  params: {
    type: "object",
    required: ["account"],
    properties: { account: { type: "string", maxLength: 128, examples: ["main"] } },
  },
  response: {
    201: {
      description: "Valid for 15 minutes; open a new one before it expires",
      type: "object",
      required: ["token", "expires_at", "conversation_id", "visitor_secret"],
      properties: {
        token: { type: "string", examples: ["pws1.WyJhY21lIiwi…"] },
        expires_at: { type: "string", format: "date-time" },
        conversation_id: { type: "string", format: "uuid" },
        visitor_secret: { type: "string", examples: ["3q2-7wAAAAAAAAAAAAAAAA"] },
      },
    },
    ...describeProblems("origin_refused", "unknown_account", "rate_limited", "request_invalid"),
  },
} as const;
