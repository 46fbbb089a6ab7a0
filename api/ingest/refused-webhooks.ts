import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { FieldProblem } from "../channels/channel.ts";

export interface Refusal {
  account: Pick<ChannelAccount, "tenantId" | "channel" | "accountId">;
  /** The code of the response: `signature_invalid`, `body_invalid`. */
  code: string;
  detail: string;
  problems: readonly FieldProblem[];
  requestId: string;
}

export interface RefusedWebhooksOptions {
  log: { warn(details: object, message: string): void };
  everyMs?: number;
}

const LOG_EVERY_MS = 10_000;
/** A body may have an error in each of its items. */
const PROBLEMS_IN_LINE = 3;

/**
 * Logs and counts webhook requests that were refused: a vendor's dashboard rarely shows why. The first one of an account and code is logged at
 * once with its cause, and the others of ten seconds as one number. The lines of one period are bounded by the accounts that exist.
 */
export function createRefusedWebhooks({ log, everyMs = LOG_EVERY_MS }: RefusedWebhooksOptions) {
  const total: Record<string, number> = {};
  let period = new Map<string, { facts: object; more: number }>();
  const timer = setInterval(logMore, everyMs);
  timer.unref();

  function logMore(): void {
    for (const { facts, more } of period.values())
      if (more > 0) log.warn({ ...facts, count: more }, "more webhooks were refused");
    period = new Map();
  }

  return {
    record({ account, code, detail, problems, requestId }: Refusal): void {
      total[code] = (total[code] ?? 0) + 1;
      const { tenantId, channel, accountId } = account;
      const key = JSON.stringify([channel, accountId, code]);
      const known = period.get(key);
      if (known !== undefined) {
        known.more += 1;
        return;
      }
      const facts = { channel, accountId, tenantId, code };
      period.set(key, { facts, more: 0 });
      const cause = { detail, problems: problems.slice(0, PROBLEMS_IN_LINE), reqId: requestId };
      log.warn({ ...facts, ...cause }, "a webhook was refused");
    },
    /** Since the start of the process, by code. */
    counts: (): Readonly<Record<string, number>> => ({ ...total }),
    stop(): void {
      clearInterval(timer);
      logMore();
    },
  };
}

export type RefusedWebhooks = ReturnType<typeof createRefusedWebhooks>;
