import { join } from "node:path";
import { z } from "zod";
import { jsonResponse } from "./response.ts";
import { controlError, sinceOf } from "./control-routes.ts";
import { openJournal } from "./journal.ts";
import { currentPeerPort } from "./peer-port.ts";
import type { Handler, RouteTable } from "./route-table.ts";

const MESSAGE = z.object({
  seq: z.int(),
  time: z.iso.datetime(),
  peerPort: z.int().default(0),
  id: z.string(),
  to: z.string(),
  text: z.string(),
  /** Further fields for the vendor's response or a test: thread, template, tag. */
  details: z.record(z.string(), z.unknown()),
});

const ENTRY = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("message"), message: MESSAGE }),
  z.object({ kind: z.literal("mark"), mark: z.string(), to: z.string() }),
  z.object({ kind: z.literal("unmark"), mark: z.string(), to: z.string() }),
]);

export type SentMessage = z.infer<typeof MESSAGE>;
type Entry = z.infer<typeof ENTRY>;

/**
 * The messages that a chat vendor's fake accepted, oldest first, and the marks of contacts there ("blocked", "window-closed"). `file` is
 * a name such as `telegram-messages.jsonl`. With a folder, everything survives a kill -9.
 */
export function openSentMessages(dataDir: string | undefined, file: string) {
  const messages: SentMessage[] = [];
  const marked = new Set<string>();
  const key = (mark: string, to: string) => `${mark}\n${to}`;
  const apply = (entry: Entry) => {
    if (entry.kind === "message") messages.push(entry.message);
    else if (entry.kind === "mark") marked.add(key(entry.mark, entry.to));
    else marked.delete(key(entry.mark, entry.to));
  };
  const path = dataDir === undefined ? undefined : join(dataDir, file);
  const journal = openJournal(path, (entry) => apply(ENTRY.parse(entry)));
  const commit = (entry: Entry) => {
    journal.append(entry);
    apply(entry);
  };
  return {
    accept(
      message: Pick<SentMessage, "id" | "to" | "text"> & Partial<Pick<SentMessage, "details">>,
    ): SentMessage {
      const seq = (messages.at(-1)?.seq ?? 0) + 1;
      const accepted = {
        details: {},
        ...message,
        seq,
        time: new Date().toISOString(),
        peerPort: currentPeerPort(),
      };
      commit({ kind: "message", message: accepted });
      return accepted;
    },
    since: (seq: number) => messages.filter((message) => message.seq > seq),
    find: (id: string) => messages.find((message) => message.id === id),
    mark: (mark: string, to: string) => commit({ kind: "mark", mark, to }),
    unmark: (mark: string, to: string) => commit({ kind: "unmark", mark, to }),
    isMarked: (mark: string, to: string) => marked.has(key(mark, to)),
    close: () => journal.close(),
  };
}

export type SentMessages = ReturnType<typeof openSentMessages>;

const RECIPIENT = z.strictObject({ to: z.string().min(1) });

/** `GET /__control/messages?since=` and, for each mark, `POST` and `DELETE /__control/{mark}` with `{"to": …}`. */
export function createSentMessageRoutes(store: SentMessages, marks: readonly string[]): RouteTable {
  const steered = marks.flatMap((mark): [string, Handler][] => [
    [`POST /__control/${mark}`, withRecipient((to) => store.mark(mark, to))],
    [`DELETE /__control/${mark}`, withRecipient((to) => store.unmark(mark, to))],
  ]);
  return {
    ...Object.fromEntries(steered),
    "GET /__control/messages": listMessagesSince(store),
  };
}

export function listMessagesSince(store: { since(seq: number): { seq: number }[] }): Handler {
  return ({ query }) => {
    const since = sinceOf(query);
    const messages = store.since(since);
    return jsonResponse({ messages, next: messages.at(-1)?.seq ?? since });
  };
}

/** A request with the body `{"to": "the contact's address"}`. */
export function withRecipient(act: (to: string) => void): Handler {
  return ({ body }) => {
    const recipient = RECIPIENT.safeParse(body);
    if (!recipient.success)
      return controlError(400, 'The body must be JSON like {"to": "the contact\'s address"}.');
    act(recipient.data.to);
    return jsonResponse(recipient.data);
  };
}
