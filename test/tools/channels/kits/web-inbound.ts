import Fastify, { type FastifyError } from "fastify";
import { createOpenStreams } from "../../../../api/web/stream/open-streams.ts";
import { registerVisitorRoutes } from "../../../../api/web/visitor-routes.ts";
import type {
  InboundEvent,
  InboundRequest,
  ParsedBody,
  SignatureVerdict,
} from "../../../../api/channels/channel.ts";
import { PROBLEM_SCHEMA, Problem } from "../../../../api/problem.ts";
import type { ChannelAccount } from "../../../../db/tenants/channel-account.ts";
import type { Database } from "../../../../db/connection/postgres.ts";
import { createSignalHub } from "../../../../db/web/stream-signals.ts";
import { createTokenBuckets } from "../../../../db/connection/token-buckets.ts";
import type { Vault } from "../../../../db/connection/vault.ts";
import { createSessionTokens } from "../../../../infra/runtime/encryption/session-token.ts";
import type { KitInbound } from "../channel-kit.ts";

export interface WebStores {
  db: Database;
  vault: Vault;
}

interface WebResponse {
  status: number;
  problem: Problem | null;
  events: InboundEvent[];
}

/**
 * Web chat has no webhook: the visitor's own routes are its inbound half. Each question is one request to them, and the events that
 * they would store are what is looked at.
 */
export function webInbound(stores: () => WebStores): KitInbound {
  return {
    quietWindowMs: 0,
    async verify(request, account): Promise<SignatureVerdict> {
      const keys = account.secrets.inbound;
      const refused = { ok: false, code: "signature_invalid", detail: "No session." } as const;
      if (keys.length === 0 || (await postToWebRoutes(stores(), request, account)).status === 401)
        return refused;
      const token = String(request.headers["authorization"]).replace(/^Bearer /, "");
      const isSigner = (key: string) => createSessionTokens([masterKey(key)]).verify(token, new Date()).ok;
      return { ok: true, secretIndex: keys.findIndex(isSigner) };
    },
    async parse(request, account): Promise<ParsedBody> {
      const { problem, events } = await postToWebRoutes(stores(), request, account);
      if (problem === null) return { ok: true, events };
      return { ok: false, problems: [...problem.errors, { field: "(body)", message: problem.message }] };
    },
  };
}

/** A key of the kit's as the keyring has it: 32 characters. */
export function masterKey(key: string) {
  return { id: key.slice(0, 4), key: Buffer.from(key) };
}

async function postToWebRoutes(
  { db, vault }: WebStores,
  { url, headers, rawBody }: InboundRequest,
  account: ChannelAccount,
): Promise<WebResponse> {
  const events: InboundEvent[] = [];
  let problem: Problem | null = null;
  const app = Fastify();
  app.addSchema(PROBLEM_SCHEMA);
  app.setErrorHandler<FastifyError | Problem>(async (error, _request, reply) => {
    problem = error instanceof Problem ? error : new Problem("bad_request", error.message);
    await reply.code(problem.status).send();
  });
  registerVisitorRoutes(app, {
    db,
    vault,
    failures: { takeQuestion: () => () => undefined, record: () => undefined, stop: () => undefined },
    accounts: {
      find: async () => ({ ...account, disabled: false }),
      allowsOrigin: () => false,
    },
    ingestEvent: async (_account, event) => {
      events.push(event);
      return "stored";
    },
    tokens: createSessionTokens(account.secrets.inbound.map(masterKey)),
    buckets: createTokenBuckets(null),
    hub: createSignalHub(null),
    notify: async () => undefined,
    streams: createOpenStreams(),
  });
  const { statusCode: status } = await app.inject({
    method: "POST",
    url: new URL(url).pathname,
    // One that is taken out is not sent.
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
    payload: rawBody,
  });
  await app.close();
  return { status, problem, events };
}
