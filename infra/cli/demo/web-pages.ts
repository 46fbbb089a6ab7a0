import { z } from "zod";
import { UserError } from "../../runtime/errors.ts";
import type { Config } from "../../runtime/config/config.ts";
import type { Received, Receivers } from "./receivers.ts";
import { openVisit, visitHeaders, visitUrl } from "./web-visit.ts";

const REPLY = z.looseObject({ text: z.string() });
const RETRY_MS = 500;

export interface WebPages extends Receivers {
  /** Opens the chat for these visitors. Their earlier replies arrive first. */
  open(names: readonly string[]): Promise<void>;
  close(): void;
}

/** The receiving ends of web chat: for each visitor a live stream, as the widget has. */
export function createWebPages(config: Config): WebPages {
  const arrived: Received[] = [];
  const closing = new AbortController();
  const opened = new Set<string>();
  const openPage = async (name: string): Promise<void> => {
    const page = { name, lastEventId: 0 };
    const ready = Promise.withResolvers<void>();
    const onEvent = (event: ServerEvent) => {
      if (event.id !== null) page.lastEventId = event.id;
      if (event.event === "ready") ready.resolve();
      if (event.event === "reply") arrived.push(toReceived(name, event));
    };
    void keepReading(config, page, { onEvent, signal: closing.signal }).catch(ready.reject);
    await ready.promise;
  };
  return {
    async open(names) {
      // One by one, because the server limits new visitors from one network.
      for (const name of names) {
        if (opened.has(name)) continue;
        opened.add(name);
        await openPage(name);
      }
    },
    pollNew: async () => arrived.splice(0),
    close: () => closing.abort(),
  };
}

interface Page {
  name: string;
  lastEventId: number;
}

interface Reading {
  onEvent(event: ServerEvent): void;
  signal: AbortSignal;
}

/** Opens an ended or broken stream again after its last event, so that no event is lost or repeated. */
async function keepReading(config: Config, page: Page, { onEvent, signal }: Reading): Promise<void> {
  while (!signal.aborted) {
    const visit = await openVisit(config, page.name);
    const headers = { ...visitHeaders(visit), ...createResumeHeaders(page) };
    const response = await fetch(visitUrl(config, visit, "stream"), { headers, signal }).catch(() => null);
    if (response !== null && response.status >= 400 && response.status < 500)
      throw new UserError(
        `The stream of the web chat responded with ${response.status} ${await response.text()}.`,
      );
    if (response?.ok && response.body !== null) {
      for await (const event of serverEvents(response.body)) onEvent(event);
    }
    await new Promise((again) => setTimeout(again, RETRY_MS));
  }
}

function createResumeHeaders({ lastEventId }: Page): Record<string, string> {
  return lastEventId === 0 ? {} : { "last-event-id": String(lastEventId) };
}

function toReceived(name: string, { id, data }: ServerEvent): Received {
  const { text } = REPLY.parse(JSON.parse(data));
  return { channel: "web", id: String(id), to: name, text, at: Date.now(), signatureOk: true, inReplyTo: [] };
}

interface ServerEvent {
  id: number | null;
  event: string;
  data: string;
}

/** The events of a `text/event-stream` of Parley, each with one line of data. A broken connection ends them. */
async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void, void> {
  let rest = "";
  try {
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split("\n\n");
      rest = blocks.pop() ?? "";
      yield* blocks.flatMap(eventOf);
    }
  } catch {
    // The connection broke. All complete events were returned.
  }
}

function eventOf(block: string): ServerEvent[] {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
  const event = field("event");
  const id = field("id");
  return event === undefined
    ? []
    : [{ id: id === undefined ? null : Number(id), event, data: field("data") ?? "{}" }];
}
