import type { ParsedBody } from "../../../../api/channels/channel.ts";
import { webhook } from "../../../../api/channels/webhook.ts";
import { sampleAccount, sampleRequest } from "../../../support/channels/samples.ts";

export const RECEIVED = new Date("2026-01-01T00:00:00Z");

export const bodyOf = (type: string, data: unknown, timestamp: unknown = "2026-01-01T00:00:00Z") =>
  JSON.stringify({ type, timestamp, data });

export const message = (data: object) => bodyOf("message.received", data);

export function parse(body: string | Buffer, headers: Record<string, string> = {}): ParsedBody {
  const request = sampleRequest({
    headers: { "webhook-id": "msg_1", ...headers },
    rawBody: Buffer.from(body),
    receivedAt: RECEIVED,
  });
  return webhook.parse(request, sampleAccount({ channel: "webhook" }));
}

/** The fields that a body is refused for; empty where it is taken. */
export function refusedFields(body: string | Buffer): string[] {
  const parsed = parse(body);
  return parsed.ok ? [] : parsed.problems.map(({ field }) => field);
}
