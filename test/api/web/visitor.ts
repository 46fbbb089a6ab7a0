import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import { eventually } from "../../support/eventually.ts";

/** The origin that the installations of these tests allow. */
export const ORIGIN = "https://shop.example";
export const WEB_ENV = { WEB_ALLOWED_ORIGINS: ORIGIN };

export interface Session {
  /** The origin of the page. */
  origin: string;
  token: string;
  conversation_id: string;
  visitor_secret: string;
  expires_at: string;
}

export interface SseEvent {
  id: number | null;
  event: string;
  data: Record<string, unknown>;
}

export async function openSession(
  url: string,
  { secret, origin = ORIGIN }: { secret?: string; origin?: string } = {},
): Promise<Session> {
  const response = await fetch(`${url}/web/main/sessions`, {
    method: "POST",
    headers: { origin, "content-type": "application/json" },
    body: JSON.stringify(secret === undefined ? {} : { visitor_secret: secret }),
  });
  if (response.status !== 201) throw new Error(`No session: ${response.status} ${await response.text()}`);
  return { ...((await response.json()) as Omit<Session, "origin">), origin };
}

/** A request in the conversation of a session. */
export async function call(
  url: string,
  { token, conversation_id, origin }: Session,
  path: string,
  init: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {},
): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, origin, ...init.headers };
  return await fetch(`${url}/v1/conversations/${conversation_id}/${path}`, { ...init, headers });
}

export async function sendMessage(url: string, session: Session, text: string, id: string = randomUUID()) {
  const response = await post(url, session, "messages", { id, text });
  return { id, status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export async function post(url: string, session: Session, path: string, body: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return await call(url, session, path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** An open stream and its events so far. It is closed when the test ends. */
export async function openStream(url: string, session: Session, lastEventId?: number) {
  const closing = new AbortController();
  const response = await call(url, session, "stream", {
    headers: lastEventId === undefined ? {} : { "last-event-id": String(lastEventId) },
    signal: closing.signal,
  });
  if (response.body === null || response.status !== 200)
    throw new Error(`No stream: ${response.status} ${await response.text()}`);
  const received = { events: [] as SseEvent[], comments: 0, ended: false };
  const reading = readInto(response.body, received)
    .catch(() => undefined)
    .finally(() => (received.ended = true));
  const close = async () => {
    closing.abort();
    await reading;
  };
  onTestFinished(close);
  return {
    response,
    received,
    close,
    /** Waits for the first event of this kind that matches. */
    until: async (event: string, matches: (data: Record<string, unknown>) => boolean = () => true) =>
      await eventually(`an event ${event}`, async () =>
        received.events.find((seen) => seen.event === event && matches(seen.data)),
      ),
  };
}

export type VisitorStream = Awaited<ReturnType<typeof openStream>>;

async function readInto(
  body: ReadableStream<Uint8Array>,
  received: { events: SseEvent[]; comments: number },
): Promise<void> {
  let rest = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
      const event = field("event");
      if (block.startsWith(":")) received.comments += 1;
      if (event === undefined) continue;
      const id = field("id");
      const data = JSON.parse(field("data") ?? "{}") as Record<string, unknown>;
      received.events.push({ id: id === undefined ? null : Number(id), event, data });
    }
  }
}
