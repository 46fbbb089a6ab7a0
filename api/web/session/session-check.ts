import type { FastifyRequest } from "fastify";
import type { StoredAccount } from "../../../db/tenants/accounts.ts";
import { WEB } from "../../../db/web/stream.ts";
import type { SessionTokens, WebSession } from "../../../infra/runtime/encryption/session-token.ts";
import type { AccountDirectory } from "../../account-directory.ts";
import type { FailedAuthentication } from "../../failed-authentication.ts";
import { Problem, type ProblemCode } from "../../problem.ts";
import { requireOrigin } from "../cross-origin.ts";

export interface ConversationParams {
  conversation_id: string;
}

export interface CheckedSession {
  session: WebSession;
  account: StoredAccount;
  receivedAt: Date;
}

const DETAILS = {
  session_invalid: "It was not issued by this installation, or it was changed.",
  session_expired:
    "Tokens are valid for a few minutes; open a new session with the visitor's secret or by your backend.",
} as const satisfies Partial<Record<ProblemCode, string>>;

/** Checks `Authorization: Bearer pws1.…`: the token must be for this conversation, and the page's origin must be allowed. */
export function createSessionCheck({
  tokens,
  accounts,
  failures,
}: {
  tokens: SessionTokens;
  failures: FailedAuthentication;
  accounts: Pick<AccountDirectory, "find">;
}) {
  return async function check(
    request: FastifyRequest<{ Params: ConversationParams }>,
  ): Promise<CheckedSession> {
    const receivedAt = new Date();
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined)
      throw new Problem("session_missing", 'Send it as "Authorization: Bearer pws1.…", never in the URL.');
    const verdict = tokens.verify(token, new Date());
    if (!verdict.ok) {
      // The token of a page that was left open was right. Such tokens say nothing about an attack.
      if (verdict.code === "session_invalid") failures.record("session_token", request.ip);
      throw new Problem(verdict.code, DETAILS[verdict.code]);
    }
    const { session } = verdict;
    if (request.params.conversation_id !== session.conversationId)
      throw new Problem("session_elsewhere", "A token is valid for one conversation only.");
    const account = await accounts.find(WEB, session.accountId);
    if (account === null || account.tenantId !== session.tenantId)
      throw new Problem("session_invalid", "Its channel account no longer exists.");
    if (account.disabled) throw createDisabledProblem();
    // A GET from the same origin has no Origin header, and neither has a request of an app.
    if (request.headers.origin !== undefined) requireOrigin(account, request.headers.origin);
    return { session, account, receivedAt };
  };
}

/** The tokens stay valid: they work again when the operator enables the account. */
function createDisabledProblem(): Problem {
  return new Problem("account_disabled", "The operator has switched this chat off. Nothing was stored.");
}

export type SessionCheck = ReturnType<typeof createSessionCheck>;
