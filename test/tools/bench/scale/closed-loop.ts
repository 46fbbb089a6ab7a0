import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { openReplyReceiver } from "../load/reply-receiver.ts";
import { createWebhookRequest, REPEATABLE_QUESTIONS } from "../load/webhook-request.ts";

/** Each loop writes as several contacts in turn, so that a reply is followed by messages of others. */
const CONTACTS = 8;
/** After so many messages of each, a loop goes on with new contacts: one who writes at once 12 times in a row counts as a machine. */
const MESSAGES_OF_CONTACT = 10;
/** A message without a reply ends the benchmark. */
const REPLY_WITHIN_MS = 60_000;
/** A slow machine gets more time, so that each loop is measured a few times. */
const ROUNDS_MIN = 3;
const POLL_MS = 20;
const REPEATED_AFTER_MS = 100;
/** Before the measured time, so that all loops are under way. */
const LEAD_IN_MS = 1_500;

export interface LoopLoad {
  /** How many messages are under way at a time. */
  inFlight: number;
  seconds: number;
}

export interface LoopResult {
  messages: number;
  messagesPerS: number;
  /** The average from the request to the reply. */
  latencyMs: number;
}

export interface Ingress {
  PUBLIC_BASE_URL: string;
  WEBHOOK_SECRET: string;
}

/** A system that sends signed webhooks and receives the replies, so that no question for a reply costs CPU time. */
export async function openClosedLoop() {
  const waiting = new Map<string, () => void>();
  const receiver = await openReplyReceiver(({ inReplyTo }) => {
    for (const id of inReplyTo) waiting.get(id)?.();
  });
  let turn = 0;
  /** Over all runs, by loop. */
  const sent = new Map<number, number>();

  async function answerOne(pool: Pool, ingress: Ingress, loop: number): Promise<number> {
    const n = sent.get(loop) ?? 0;
    sent.set(loop, n + 1);
    const from = contactOf(loop, n);
    const text = REPEATABLE_QUESTIONS[turn++ % REPEATABLE_QUESTIONS.length] ?? "";
    const { id, load } = createWebhookRequest(ingress, { from, text });
    const begin = performance.now();
    const replied = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No reply to ${id}.`)), REPLY_WITHIN_MS);
      waiting.set(id, () => (clearTimeout(timer), resolve()));
    });
    for (;;) {
      const { statusCode, body } = await pool.request({ ...load });
      await body.dump();
      if (statusCode === 202) break;
      if (performance.now() - begin > REPLY_WITHIN_MS) throw new Error(`The ingress responds ${statusCode}.`);
      await sleep(REPEATED_AFTER_MS);
    }
    await replied.finally(() => waiting.delete(id));
    return performance.now() - begin;
  }

  return {
    url: receiver.url,
    /** Messages that are not measured: they warm caches and become the history. */
    async warmUp(
      ingress: Ingress,
      { inFlight, messagesEach }: { inFlight: number; messagesEach: number },
    ): Promise<void> {
      const pool = new Pool(ingress.PUBLIC_BASE_URL, { connections: null });
      const runLoop = async (loop: number) => {
        for (let n = 0; n < messagesEach; n++) await answerOne(pool, ingress, loop);
      };
      await Promise.all(Array.from({ length: inFlight }, async (_, loop) => await runLoop(loop)));
      await pool.close();
    },
    /** `measure` begins a measurement after the lead-in; what it returns is called at the end of the measured time. */
    async run<T>(
      ingress: Ingress,
      { inFlight, seconds }: LoopLoad,
      measure: () => Promise<() => Promise<T>>,
    ): Promise<LoopResult & { measured: T }> {
      const pool = new Pool(ingress.PUBLIC_BASE_URL, { connections: null });
      const latencies: number[] = [];
      let isOpen = true;
      let isMeasured = false;
      const runLoop = async (loop: number) => {
        while (isOpen) {
          const latencyMs = await answerOne(pool, ingress, loop);
          if (isMeasured) latencies.push(latencyMs);
        }
      };
      const loops = Promise.all(Array.from({ length: inFlight }, async (_, loop) => await runLoop(loop)));
      const observe = async () => {
        await sleep(LEAD_IN_MS);
        const readMeasured = await measure();
        isMeasured = true;
        const begin = performance.now();
        const latest = begin + REPLY_WITHIN_MS;
        const isEnough = () =>
          performance.now() - begin >= seconds * 1000 && latencies.length >= ROUNDS_MIN * inFlight;
        while (!isEnough() && performance.now() < latest) await sleep(POLL_MS);
        isMeasured = isOpen = false;
        const elapsed = performance.now() - begin;
        return { elapsed, measured: await readMeasured() };
      };
      const [{ elapsed, measured }] = await Promise.all([observe(), loops]);
      await pool.close();
      const messages = latencies.length;
      if (messages === 0) throw new Error("No message was answered within the measured time.");
      const latencyMs = latencies.reduce((sum, ms) => sum + ms, 0) / messages;
      return { messages, messagesPerS: (messages * 1000) / elapsed, latencyMs, measured };
    },
    close: receiver.close,
  };
}

/** The contact of the n-th message of a loop. */
export function contactOf(loop: number, n: number): string {
  const group = Math.floor(n / (CONTACTS * MESSAGES_OF_CONTACT));
  return `loop-${loop}-${group * CONTACTS + (n % CONTACTS)}`;
}

export type ClosedLoop = Awaited<ReturnType<typeof openClosedLoop>>;
