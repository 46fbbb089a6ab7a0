import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../../../../infra/runtime/config/config.ts";
import { findContacts } from "../../../../infra/cli/demo/contacts.ts";
import type { SignedPost } from "../../../../infra/sandbox/fakes/contacts/fake-contacts.ts";
import type { AgentClient } from "./agent-client.ts";
import type { Database } from "../../../../db/connection/postgres.ts";
import { type DoneDeed, isMessage, isOfAgent, replyAddresses } from "./deed.ts";
import { doHarnessDeed } from "./harness-deeds.ts";
import type { PlannedMessage } from "./message-plan.ts";
import { signDeed } from "./sign-deed.ts";

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
  /** Needed for a load in which agents act. */
  agent?: AgentClient;
  /** Needed for a load in which reply windows close or receipts are reported: a direct connection. */
  db?: () => Database;
}

const RESPONSE_WITHIN_MS = 5_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 2_000;

/**
 * Plays the vendors: posts each message when it is due, repeats it with the same id until it is acknowledged, and keeps the first of the
 * four logs. Messages of one contact are posted one after the other, as vendors do; contacts do not wait for each other.
 */
export function createLoader({ config, baseUrl, retryForMs = 120_000, agent, db }: LoaderOptions) {
  const offered: OfferedMessage[] = [];
  const deeds: DoneDeed[] = [];
  /** The last message of each contact, which an edit, a deletion or a takeover is about. */
  const last = new Map<string, OfferedMessage>();

  async function offer(plan: readonly PlannedMessage[]): Promise<OfferedMessage[]> {
    const begin = Date.now();
    const partitions = Map.groupBy(plan, partitionOf);
    const sent = await Promise.all(
      [...partitions.values()].map(async (partition) => {
        const done: OfferedMessage[] = [];
        for (const message of partition) {
          await sleep(Math.max(0, begin + message.atMs - Date.now()));
          if (isMessage(message.does)) done.push(await deliver(message));
          else await change(message);
        }
        return done;
      }),
    );
    return sent.flat();
  }

  async function deliver(message: PlannedMessage): Promise<OfferedMessage> {
    const request = await signDeed(config, message, null);
    const record = addRecord(message, request, false);
    last.set(partitionOf(message), record);
    for (let copy = 1; copy < message.copies; copy++) void post(request, record);
    const beganAt = Date.now();
    await retry(async () => (await post(request, record)).status);
    if (message.does === "stop" || message.does === "start")
      deeds.push(
        describeDeed(message, {
          does: message.does,
          beganAt,
          about: record,
          acknowledgedAt: record.acknowledgedAt,
        }),
      );
    return record;
  }

  /** Everything else changes the last message of the contact, or its conversation. */
  async function change(message: PlannedMessage): Promise<void> {
    const about = last.get(partitionOf(message));
    const { does } = message;
    if (about === undefined || does === undefined || does === "write" || does === "press") return;
    const beganAt = Date.now();
    const status = await retry(await prepareChange(message, does, about));
    deeds.push(
      describeDeed(message, { does, beganAt, about, acknowledgedAt: isAccepted(status) ? Date.now() : null }),
    );
  }

  /** Returns the request, which can be repeated. */
  async function prepareChange(
    message: PlannedMessage,
    does: DoneDeed["does"],
    about: OfferedMessage,
  ): Promise<() => Promise<number>> {
    if (isOfAgent(does)) {
      const { linkedWith } = message;
      const findOther = () => (linkedWith === undefined ? null : (last.get(partitionOf(linkedWith)) ?? null));
      return async () => (await agent?.act({ does, about, other: findOther() })) ?? 0;
    }
    const send = async (request: SignedPost) =>
      await statusOf({ ...request, url: targetUrl(request.url, message.accountId) });
    if (does === "close_window" || does === "report_receipts")
      return async () =>
        db === undefined ? 0 : await doHarnessDeed({ config, db, post: send }, does, about);
    // Signed once, like every redelivery of a vendor: it has one id.
    const request = await signDeed(config, message, about.providerMessageId);
    return async () => await send(request);
  }

  /** Repeats a request until it is accepted or rejected. */
  async function retry(send: () => Promise<number>): Promise<number> {
    const retryUntil = Date.now() + retryForMs;
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
      const status = await send();
      if (isAccepted(status) || isRejected(status) || Date.now() > retryUntil) return status;
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

  return { offered, deeds, offer, forge };
}

export type Loader = ReturnType<typeof createLoader>;

function partitionOf({ channel, from }: Pick<PlannedMessage, "channel" | "from">): string {
  return `${channel}\n${from}`;
}

function describeDeed(
  message: PlannedMessage,
  { about, ...times }: Pick<DoneDeed, "does" | "beganAt" | "acknowledgedAt"> & { about: OfferedMessage },
): DoneDeed {
  const addresses = replyAddresses(message);
  return { channel: message.channel, addresses, providerMessageId: about.providerMessageId, ...times };
}

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
