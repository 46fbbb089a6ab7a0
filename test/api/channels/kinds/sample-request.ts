import type { InboundRequest } from "../../../../api/channels/channel.ts";

export type SampleRequest = Partial<Pick<InboundRequest, "rawBody" | "headers" | "url">>;
/** A request with one event of this kind. */
export type Sampler = (kind: string) => SampleRequest;

export function json(body: unknown): SampleRequest {
  return { rawBody: Buffer.from(JSON.stringify(body)) };
}

/** `messages.order` without its place. */
export function afterPlace(kind: string): string {
  return kind.slice(kind.indexOf(".") + 1);
}
