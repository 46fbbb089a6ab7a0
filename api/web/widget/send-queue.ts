import { HttpError, postJson } from "./http.ts";
import type { OwnMessages } from "./own-messages.ts";
import { backoffMs, type Pauses } from "./pauses.ts";
import type { Session } from "./session.ts";
import type { WidgetStorage } from "./storage.ts";

interface UnsentMessage {
  id: string;
  text: string;
  at: number;
}

export interface SendQueueOptions {
  session: Session;
  storage: WidgetStorage;
  pauses: Pauses;
  messages: OwnMessages;
}

/** A session can end between two requests; a third 401 in a row has another cause. */
const MAX_UNAUTHORIZED = 3;

/**
 * Sends the visitor's messages one after the other, so that they arrive in the order in which they were written. A message is kept
 * in localStorage until the server has it and is sent again with the same id, so it is neither lost nor stored twice.
 */
export function createSendQueue({ session, storage, pauses, messages }: SendQueueOptions) {
  let queue = readUnsent(storage);
  let isSending = false;

  async function flush(): Promise<void> {
    if (isSending) return;
    isSending = true;
    for (let [next] = queue; next !== undefined; [next] = queue) {
      await sendUntilDone(next);
      remove(next.id);
    }
    isSending = false;
  }

  async function sendUntilDone({ id, text }: UnsentMessage): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await session.call("messages", postJson({ id, text })).catch(throwUnlessKept);
        messages.markSent(id);
        return;
      } catch (error) {
        if (!shouldRetry(error, attempt)) {
          messages.markFailed(id);
          return;
        }
        const retryAfterMs = error instanceof HttpError ? error.retryAfterMs : 0;
        await pauses.pause(Math.max(backoffMs(attempt), retryAfterMs));
      }
    }
  }

  function remove(id: string): void {
    queue = queue.filter((message) => message.id !== id);
    storage.remove(`unsent ${id}`);
  }

  return {
    flush,
    send(text: string, id = createMessageId()): void {
      const message = { id, text, at: Date.now() };
      queue.push(message);
      // Each message has its own key: two tabs do not overwrite each other's messages.
      storage.write(`unsent ${id}`, message);
      messages.show(id, text);
      void flush();
    },
    /** Shows what an earlier page could not send, and sends it. True if there is any. */
    resume(): boolean {
      for (const { id, text } of queue) messages.show(id, text);
      void flush();
      return queue.length > 0;
    },
  };
}

function readUnsent(storage: WidgetStorage): UnsentMessage[] {
  const stored = storage.readAll("unsent ").filter((message) => message !== null) as UnsentMessage[];
  return stored.toSorted((a, b) => a.at - b.at);
}

/** A STOP during an outage. The server has it, so the messages after it must not wait in the browser until it is in effect. */
function throwUnlessKept(error: unknown): void {
  if (!(error instanceof HttpError) || error.code !== "not_in_effect") throw error;
}

/** Without a response the connection is lost, which is transient too. */
function shouldRetry(error: unknown, attempt: number): boolean {
  if (!(error instanceof HttpError) || error.isTransient) return true;
  return error.status === 401 && attempt < MAX_UNAUTHORIZED;
}

/** A UUID v4. `crypto.randomUUID` exists on https pages only. */
function createMessageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) % 16) + 64;
  bytes[8] = ((bytes[8] ?? 0) % 64) + 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
