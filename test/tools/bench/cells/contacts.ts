import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { eventually } from "../../../support/eventually.ts";
import { openReplyReceiver } from "../load/reply-receiver.ts";
import { createWebhookRequest, REPEATABLE_QUESTIONS } from "../load/webhook-request.ts";

/** As a vendor does, for as long as the message is not accepted. */
const REPEATED_AFTER_MS = 500;
const ANSWERED_WITHIN_MS = 180_000;

export interface SentMessage {
  from: string;
  /** The time of the schedule, ms of `performance.now()`. */
  due: number;
  /** From the due time to the reply. */
  latencyMs: number;
  /** Replies with ids of their own. A repeated delivery has the id of the first one. */
  replies: number;
}

interface Sent {
  id: string;
  from: string;
  due: number;
}

/** Contacts who write through a vendor that repeats each message until it is accepted, and who receive the replies. */
export async function openContacts(prefix: string, count: number) {
  const repliedAt = new Map<string, number>();
  const replyIds = new Map<string, Set<string>>();
  const receiver = await openReplyReceiver(({ webhookId, inReplyTo }) => {
    for (const id of inReplyTo) {
      if (!repliedAt.has(id)) repliedAt.set(id, performance.now());
      replyIds.set(id, (replyIds.get(id) ?? new Set()).add(webhookId));
    }
  });
  let sent = 0;

  async function sendOne(pool: Pool, ingress: Ingress, due: number): Promise<Sent> {
    const from = `${prefix}-${sent % count}`;
    const text = REPEATABLE_QUESTIONS[Math.floor(sent++ / count) % REPEATABLE_QUESTIONS.length] ?? "";
    const { id, load } = createWebhookRequest(ingress, { from, text });
    for (;;) {
      const { statusCode, body } = await pool.request({ ...load });
      await body.dump();
      if (statusCode === 202) return { id, from, due };
      await sleep(REPEATED_AFTER_MS);
    }
  }

  return {
    repliesUrl: receiver.url,
    /** Sends at a fixed rate, and waits until each message is accepted and answered. */
    async write(
      ingress: Ingress,
      { messages, perS }: { messages: number; perS: number },
    ): Promise<SentMessage[]> {
      const pool = new Pool(ingress.PUBLIC_BASE_URL, { connections: null });
      const begin = performance.now();
      const accepted = await Promise.all(
        Array.from({ length: messages }, async (_, n) => {
          const due = begin + (n * 1000) / perS;
          await sleep(Math.max(0, due - performance.now()));
          return await sendOne(pool, ingress, due);
        }),
      );
      await eventually(
        "a reply to each message",
        async () => accepted.every(({ id }) => repliedAt.has(id)),
        ANSWERED_WITHIN_MS,
      );
      await pool.close();
      return accepted.map(({ id, from, due }) => ({
        from,
        due,
        latencyMs: (repliedAt.get(id) ?? 0) - due,
        replies: replyIds.get(id)?.size ?? 0,
      }));
    },
    close: receiver.close,
  };
}

export type Contacts = Awaited<ReturnType<typeof openContacts>>;

interface Ingress {
  PUBLIC_BASE_URL: string;
  WEBHOOK_SECRET: string;
}
