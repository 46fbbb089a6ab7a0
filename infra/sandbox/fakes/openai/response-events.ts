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
  return [
    { type: "response.created", response },
    { type: "response.in_progress", response },
  ];
}

function createDeltaEvents(body: ResponseBody): ResponseEvent[] {
  return body.output.flatMap((item, output_index) => {
    const added = { type: "response.output_item.added", output_index };
    const done = { type: "response.output_item.done", output_index, item };
    if (!("content" in item)) return [{ ...added, item }, done];
    const place = { item_id: item.id, output_index, content_index: 0 };
    const [part] = item.content;
    const text = part?.text ?? "";
    const words = text.match(/\s*\S+\s*$|\s*\S+/g) ?? [];
    return [
      { ...added, item: { ...item, status: "in_progress", content: [] } },
      { type: "response.content_part.added", ...place, part: { ...part, text: "" } },
      ...words.map((delta) => ({ type: "response.output_text.delta", ...place, delta, logprobs: [] })),
      { type: "response.output_text.done", ...place, text, logprobs: [] },
      { type: "response.content_part.done", ...place, part },
      done,
    ];
  });
}

function createEndingEvents(body: ResponseBody): ResponseEvent[] {
  return [{ type: `response.${body.status}`, response: body }];
}
