import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../../../../infra/runtime/config/config.ts";
import { findContacts } from "../../../../infra/cli/demo/contacts.ts";
import type { SignedPost } from "../../../../infra/sandbox/fakes/contacts/fake-contacts.ts";
import type { PlannedMessage } from "./message-plan.ts";

/** One post as the caller saw it. Times are in ms; `status` is 0 without a response. */
export interface Attempt {
  at: number;
  endedAt: number;
  status: number;
}

export interface OfferedMessage extends PlannedMessage {
  providerMessageId: string;
  attempts: Attempt[];
  /** When the first 2xx arrived, or null. */
  acknowledgedAt: number | null;
  /** True for a message with a wrong signature. */
  forged: boolean;
}

export interface LoaderOptions {
  config: Config;
  /** The URL for posts, for example of a balancer. Default: the URL of the installation. */
  baseUrl?: string;
  /** The time after which the caller stops retrying, ms. Default 120 s, which is longer than every fault. */
  retryForMs?: number;
}

const RESPONSE_WITHIN_MS = 5_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 2_000;

/**
 * Plays the vendors: posts each message when it is due, repeats it with the same id until it is acknowledged, and keeps the first of the
 * four logs. Messages of one contact are posted one after the other, as vendors do; contacts do not wait for each other.
 */
export function createLoader({ config, baseUrl, retryForMs = 120_000 }: LoaderOptions) {
  const offered: OfferedMessage[] = [];

  async function offer(plan: readonly PlannedMessage[]): Promise<OfferedMessage[]> {
    const begin = Date.now();
    const partitions = Map.groupBy(plan, ({ channel, from }) => `${channel}\n${from}`);
    const sent = await Promise.all(
      [...partitions.values()].map(async (partition) => {
        const done: OfferedMessage[] = [];
        for (const message of partition) {
          await sleep(Math.max(0, begin + message.atMs - Date.now()));
          done.push(await deliver(message));
        }
        return done;
      }),
    );
    return sent.flat();
  }

  async function deliver(message: PlannedMessage): Promise<OfferedMessage> {
    const request = await findContacts(message.channel).signMessage(config, message);
    const record = addRecord(message, request, false);
    for (let copy = 1; copy < message.copies; copy++) void post(request, record);
    const retryUntil = Date.now() + retryForMs;
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
      const { status } = await post(request, record);
      if (isAccepted(status) || isRejected(status) || Date.now() > retryUntil) return record;
      await sleep(wait);
    }
  }

  /** Posts messages with a changed body, so that the signature does not match. */
  async function forge(plan: readonly PlannedMessage[]): Promise<OfferedMessage[]> {
    return await Promise.all(
      plan.map(async (message) => {
        const request = await findContacts(message.channel).signMessage(config, message);
        const forged = addRecord(message, request, true);
        await post(tamperWith(request, message), forged);
        return forged;
      }),
    );
  }

  function addRecord(message: PlannedMessage, request: SignedPost, forged: boolean): OfferedMessage {
    const { providerMessageId } = request;
    const record = { ...message, providerMessageId, attempts: [], acknowledgedAt: null, forged };
    offered.push(record);
    return record;
  }

  async function post(request: SignedPost, record: OfferedMessage): Promise<Attempt> {
    const at = Date.now();
    const halt = record.attempts.length === 0 ? record.secondHalf : undefined;
    const status = await statusOf({ ...request, url: targetUrl(request.url, record.accountId) }, halt);
    const attempt = { at, endedAt: Date.now(), status };
    record.attempts.push(attempt);
    if (isAccepted(status)) record.acknowledgedAt ??= attempt.endedAt;
    return attempt;
  }

  function targetUrl(url: string, accountId = "main"): string {
    const { pathname, search, origin } = new URL(url);
    return new URL(pathname.replace(/main$/, accountId) + search, baseUrl ?? origin).href;
  }

  return { offered, offer, forge };
}

export type Loader = ReturnType<typeof createLoader>;

/** Telegram has no signature, so its shared token is changed. */
function tamperWith(request: SignedPost, { marker }: PlannedMessage): SignedPost {
  const token = "x-telegram-bot-api-secret-token";
  if (token in request.headers) return { ...request, headers: { ...request.headers, [token]: "wrong" } };
  return { ...request, body: request.body.replace(marker, "qforgedq") };
}

async function statusOf({ url, headers, body }: SignedPost, halt?: Promise<void>): Promise<number> {
  const signal = AbortSignal.timeout(RESPONSE_WITHIN_MS);
  const sent = halt === undefined ? { body } : { body: sendInHalves(body, halt), duplex: "half" as const };
  try {
    const response = await fetch(url, { method: "POST", headers, ...sent, signal });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

async function* sendInHalves(body: string, halt: Promise<void>): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(body);
  const middle = Math.floor(bytes.length / 2);
  yield bytes.subarray(0, middle);
  await halt;
  yield bytes.subarray(middle);
}

function isAccepted(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Statuses after which a vendor does not retry. It retries after 401, because it has signed the message correctly. */
function isRejected(status: number): boolean {
  return status >= 400 && status < 500 && status !== 401 && status !== 429;
}
