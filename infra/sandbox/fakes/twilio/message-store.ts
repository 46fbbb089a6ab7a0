import { join } from "node:path";
import { z } from "zod";
import { openJournal } from "../server/journal.ts";
import { currentPeerPort } from "../server/peer-port.ts";

const MESSAGE = z.object({
  seq: z.int(),
  time: z.iso.datetime(),
  peerPort: z.int().default(0),
  sid: z.string(),
  accountSid: z.string(),
  to: z.string(),
  from: z.string(),
  /** The text that the contact reads and the list shows; the variables of a template. */
  body: z.string(),
  contentSid: z.string().optional(),
  statusCallback: z.string().optional(),
});

const ENTRY = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("message"), message: MESSAGE }),
  z.object({ kind: z.literal("opted-out"), to: z.string() }),
  z.object({ kind: z.literal("opted-in"), to: z.string() }),
  z.object({ kind: z.literal("window-closed"), to: z.string() }),
  z.object({ kind: z.literal("window-open"), to: z.string() }),
  z.object({ kind: z.literal("trial"), isTrial: z.boolean() }),
]);

export type SentMessage = z.infer<typeof MESSAGE>;
type Entry = z.infer<typeof ENTRY>;

/** Accepted messages, oldest first, and the marks of contacts. With a folder, all of it outlives a kill -9. */
export function openMessageStore(dataDir: string | undefined) {
  const messages: SentMessage[] = [];
  const optedOut = new Set<string>();
  const windowClosed = new Set<string>();
  let isTrial = false;
  const apply = (entry: Entry) => {
    if (entry.kind === "message") messages.push(entry.message);
    else if (entry.kind === "trial") ({ isTrial } = entry);
    else if (entry.kind === "opted-out") optedOut.add(entry.to);
    else if (entry.kind === "opted-in") optedOut.delete(entry.to);
    else if (entry.kind === "window-closed") windowClosed.add(entry.to);
    else windowClosed.delete(entry.to);
  };
  const file = dataDir === undefined ? undefined : join(dataDir, "twilio-messages.jsonl");
  const journal = openJournal(file, (entry) => apply(ENTRY.parse(entry)));
  const commit = (entry: Entry) => {
    journal.append(entry);
    apply(entry);
  };
  return {
    accept(message: Omit<SentMessage, "seq" | "time" | "peerPort">): SentMessage {
      const accepted = {
        ...message,
        seq: (messages.at(-1)?.seq ?? 0) + 1,
        time: new Date().toISOString(),
        peerPort: currentPeerPort(),
      };
      commit({ kind: "message", message: accepted });
      return accepted;
    },
    since: (seq: number) => messages.filter((message) => message.seq > seq),
    find: (sid: string) => messages.find((message) => message.sid === sid),
    newestFirst: () => messages.toReversed(),
    optOut: (to: string) => commit({ kind: "opted-out", to }),
    optIn: (to: string) => commit({ kind: "opted-in", to }),
    hasOptedOut: (to: string) => optedOut.has(to),
    closeWindow: (to: string) => commit({ kind: "window-closed", to }),
    openWindow: (to: string) => commit({ kind: "window-open", to }),
    isWindowClosed: (to: string) => windowClosed.has(to),
    setTrial: (value: boolean) => commit({ kind: "trial", isTrial: value }),
    isTrial: () => isTrial,
    close: () => journal.close(),
  };
}

export type MessageStore = ReturnType<typeof openMessageStore>;
