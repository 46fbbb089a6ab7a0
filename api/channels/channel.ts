import type { ChannelAccount, ChannelName } from "../../db/tenants/channel-account.ts";

/** A webhook request as it came in: the bytes are untouched, since signatures cover them. */
export interface InboundRequest {
  /** The public URL the sender called, query included: `PUBLIC_BASE_URL` joined with the path, never a Host header. */
  url: string;
  /** Header names in lower case; a header sent twice is an array. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  rawBody: Buffer;
  receivedAt: Date;
}

export interface InboundMedia {
  kind: "image" | "audio" | "video" | "document" | "sticker" | "location" | "contact";
  contentType: string | null;
  /** Where the vendor keeps it: a media id or a URL. Attacker's input until the egress guard has seen it. */
  ref: string | null;
  name: string | null;
}

export interface InboundMessage {
  kind: "message";
  /** The provider's own id of the message: with the account it is the dedupe key. */
  providerMessageId: string;
  /** The person's address on this channel (E.164, user id): personal data, hashed and encrypted at rest. */
  from: string;
  /** Other addresses of the same person seen in the same item (WhatsApp: phone beside business-scoped user id). */
  aliases?: readonly string[];
  /** Which of several conversations with the same person: Slack channel and thread, Telegram group and topic. Absent: direct. */
  thread?: string;
  /** What the person wrote; a caption counts. May be empty where there is media. */
  text: string;
  media?: readonly InboundMedia[];
  /** When the person sent it by the provider's clock, or null where the provider does not say. */
  providerTime: Date | null;
  /** Orders messages of one conversation within one provider time, where the provider numbers them. A safe integer. */
  providerSequence?: number;
}

/** What became of a message of ours, by the id that the vendor gave it when it was sent. */
export interface InboundReceipt {
  kind: "receipt";
  providerId: string;
  state: "sent" | "delivered" | "read" | "failed";
  /** The vendor's error code of a failure, as text. */
  code: string | null;
  /** Our own id of the part (a UUID), where the vendor takes one with the message and gives it back with each receipt. */
  deliveryId?: string;
  providerTime: Date | null;
}

/** Everything that we sent to this person up to a moment has reached this state. */
export interface InboundWatermark {
  kind: "watermark";
  from: string;
  state: "delivered" | "read";
  through: Date;
}

/** The person edited or took back a message. */
export interface InboundChange {
  kind: "edit" | "delete";
  /** Dedupe key of the change itself. */
  changeId: string;
  /** Whose and which message: the same ids that the message came with. */
  from: string;
  aliases?: readonly string[];
  thread?: string;
  targetMessageId: string;
  /** The new text of an edit; empty for a delete. */
  text: string;
  providerTime: Date | null;
}

/** The vendor says that the person blocked us, or is back; no message is to be answered. */
export interface InboundConsent {
  kind: "consent";
  from: string;
  state: "opted_out" | "opted_in";
  /** How we know: "blocked", "unblocked", "advanced_opt_out". */
  source: string;
}

/** A person of the business answered in the vendor's own inbox: the assistant has to be silent. */
export interface InboundAgentReply {
  kind: "agent_reply";
  providerMessageId: string;
  /** To whom: the same address that this person's messages come from. */
  to: string;
  text: string;
  providerTime: Date | null;
}

/** Understood and of no use to us (echo, reaction, typing, unknown kind); counted under its name. */
export interface InboundIgnored {
  kind: "ignored";
  /** Short and of a closed set per channel, letters, digits, `_` and `.` only: "reaction", "echo", "field.account_update". */
  what: string;
}

/** One item of a batch that cannot be used; the others are not sunk by it. */
export interface InboundInvalid {
  kind: "invalid";
  problems: FieldProblem[];
}

export type InboundEvent =
  | InboundMessage
  | InboundReceipt
  | InboundWatermark
  | InboundChange
  | InboundConsent
  | InboundAgentReply
  | InboundIgnored
  | InboundInvalid;

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

export interface Acknowledgement {
  status: number;
  contentType: string;
  body: string;
}

/** What a body holds for another sender of ours than the one whose webhook was called. */
export interface OtherAccountEvents {
  externalId: string;
  events: InboundEvent[];
}

/**
 * `problems` only where nothing of the body can be read (not JSON, not this account's); else one event per item, in the order of
 * the body. `answer` replaces the channel's acknowledgement (Slack's url_verification). `others` where one webhook hears several
 * senders: a Meta app has one address for all of its numbers and pages.
 */
export type ParsedBody =
  | {
      ok: true;
      events: InboundEvent[];
      response?: Acknowledgement;
      otherAccounts?: readonly OtherAccountEvents[];
    }
  | { ok: false; problems: FieldProblem[] };

/** The inbound half of a channel: it knows the vendor's signature and body, and nothing of HTTP servers or stores. */
export interface InboundChannel {
  name: ChannelName;
  /** How long a person of this channel may go on writing before the turn begins, ms; 0 where messages come whole. */
  quietWindowMs: number;
  /** Set where the vendor's ids of messages hold the person's address (in clear or encoded): they are then shown to nobody. */
  messageIdHoldsAddress?: true;
  /** The vendor's GET handshake, where there is one: null means refused (403). */
  handshake?(request: InboundRequest, account: ChannelAccount): Acknowledgement | null;
  verify(request: InboundRequest, account: ChannelAccount): SignatureVerdict;
  parse(request: InboundRequest, account: ChannelAccount): ParsedBody;
  /** What the vendor expects as the answer once every item of the body is durable. */
  acknowledgement: Acknowledgement;
}
