import type { ChannelAccount, ChannelName } from "../../db/channel-account.ts";

/** A webhook request as it came in: the bytes are untouched, since signatures cover them. */
export interface InboundRequest {
  /** The public URL the sender called, query included: `PUBLIC_BASE_URL` joined with the path, never a Host header. */
  url: string;
  /** Header names in lower case; a header sent twice is an array. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  rawBody: Buffer;
  receivedAt: Date;
}

export interface InboundMessage {
  /** The provider's own id of the message: with the account it is the dedupe key. */
  providerMessageId: string;
  /** The person's address on this channel (E.164, user id): personal data, hashed and encrypted at rest. */
  from: string;
  text: string;
  /** When the person sent it by the provider's clock, or null where the provider does not say. */
  providerTime: Date | null;
}

export type SignatureVerdict =
  | { ok: true; secretIndex: number }
  | {
      ok: false;
      code: "signature_missing" | "signature_invalid" | "timestamp_out_of_window" | "header_repeated";
      detail: string;
    };

/** One thing wrong with a body: where, what rule, what would be right. */
export interface FieldProblem {
  field: string;
  message: string;
}

export type ParsedBody = { ok: true; messages: InboundMessage[] } | { ok: false; problems: FieldProblem[] };

/** The inbound half of a channel: it knows the vendor's signature and body, and nothing of HTTP servers or stores. */
export interface InboundChannel {
  name: ChannelName;
  verify(request: InboundRequest, account: ChannelAccount): SignatureVerdict;
  parse(request: InboundRequest, account: ChannelAccount): ParsedBody;
  /** What the vendor expects as the answer once every message of the body is durable. */
  acknowledgement: { status: number; contentType: string; body: string };
}
