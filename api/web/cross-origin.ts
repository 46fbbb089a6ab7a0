import type { FastifyReply, FastifyRequest } from "fastify";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { AccountDirectory } from "../account-directory.ts";
import { Problem } from "../problem.ts";

const PREFLIGHT = Object.freeze({
  "access-control-allow-methods": "GET, POST",
  "access-control-allow-headers": "authorization, content-type, last-event-id, idempotency-key",
  "access-control-max-age": "600",
});

/** Lets a page read responses, including problems, if any account allows the page's origin. */
export function createCrossOrigin(accounts: Pick<AccountDirectory, "allowsOrigin">) {
  function setCorsHeaders(origin: string, reply: FastifyReply): boolean {
    void reply.header("vary", "origin");
    if (!accounts.allowsOrigin(origin)) return false;
    void reply.headers({
      "access-control-allow-origin": origin,
      "access-control-expose-headers": "retry-after, x-request-id",
    });
    return true;
  }
  return {
    /** For `onRequest`: the headers are also on a response that a later hook rejects. */
    async allowOrigin(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      if (request.headers.origin !== undefined) setCorsHeaders(request.headers.origin, reply);
    },
    async preflight(request: FastifyRequest, reply: FastifyReply) {
      const origin = request.headers.origin ?? "";
      if (!setCorsHeaders(origin, reply)) throw createOriginProblem(origin);
      return await reply.code(204).headers(PREFLIGHT).send();
    },
  };
}

export type CrossOrigin = ReturnType<typeof createCrossOrigin>;

/** Throws if pages of this origin may not use this account's chat. */
export function requireOrigin({ settings }: ChannelAccount, origin: string | undefined): void {
  if (origin === undefined || !(settings.origins ?? []).includes(origin))
    throw createOriginProblem(origin ?? "");
}

function createOriginProblem(origin: string): Problem {
  const who = origin === "" ? "A request without Origin" : `"${origin}"`;
  return new Problem("origin_refused", `${who} is not among the account's allowed origins.`);
}
