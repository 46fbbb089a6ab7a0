import type { FakeResponse } from "../server/response.ts";
import type { ResponseBody } from "./response-body.ts";

interface ResponseEvent {
  type: string;
  [field: string]: unknown;
}

/** The response as server-sent events, one delta for each word. */
export function createResponseEvents(body: ResponseBody): FakeResponse {
  const events = [...createOpeningEvents(body), ...createDeltaEvents(body), ...createEndingEvents(body)];
  return {
    status: 200,
    headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" },
    body: events.map(
      (event, index) =>
        `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: index })}\n\n`,
    ),
  };
}

function createOpeningEvents(body: ResponseBody): ResponseEvent[] {
  const response = {
    ...body,
    status: "in_progress",
    output: [],
    usage: null,
    incomplete_details: null,
  };
  const item = { ...body.output[0], status: "in_progress", content: [] };
  const part = { type: "output_text", text: "", annotations: [], logprobs: [] };
  return [
    { type: "response.created", response },
    { type: "response.in_progress", response },
    { type: "response.output_item.added", output_index: 0, item },
    { type: "response.content_part.added", ...placeIn(body), part },
  ];
}

function createDeltaEvents(body: ResponseBody): ResponseEvent[] {
  const words = textOf(body).match(/\s*\S+\s*$|\s*\S+/g) ?? [];
  return words.map((delta) => {
    const event = { type: "response.output_text.delta", delta, logprobs: [] };
    return Object.assign(event, placeIn(body));
  });
}

function createEndingEvents(body: ResponseBody): ResponseEvent[] {
  const part = body.output[0]?.content[0];
  return [
    { type: "response.output_text.done", ...placeIn(body), text: textOf(body), logprobs: [] },
    { type: "response.content_part.done", ...placeIn(body), part },
    { type: "response.output_item.done", output_index: 0, item: body.output[0] },
    { type: `response.${body.status}`, response: body },
  ];
}

function placeIn(body: ResponseBody) {
  return { item_id: body.output[0]?.id, output_index: 0, content_index: 0 };
}

function textOf(body: ResponseBody): string {
  return body.output[0]?.content[0]?.text ?? "";
}
