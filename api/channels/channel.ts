import type { SharedPlace } from "../../db/inbound/new-inbound.ts";
import type { ChannelAccount, ChannelName } from "../../db/tenants/channel-account.ts";

/** A webhook request as it arrived. The bytes are untouched, because signatures cover them. */
export interface InboundRequest {
  /** The public URL that the caller used, query included: `PUBLIC_BASE_URL` joined with the path, never a Host header. */
  url: string;
  /** Header names in lower case. A header that occurs twice is an array. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  rawBody: Buffer;
  receivedAt: Date;
}

export interface InboundMedia {
  kind: "image" | "audio" | "video" | "document" | "sticker" | "location" | "contact";
  contentType: string | null;
  /** The vendor's media id or URL. It is untrusted input until the egress guard has checked it. */
  ref: string | null;
  name: string | null;
}

/**
 * What the turn does with a message that has no words for a model. `explain`: it says in one sentence that the assistant reads only text,
 * and offers an agent. `hand_over`: it asks an agent to join. `no_answer`: the message is stored and gets no answer.
 */
export type MessageTreatment = "explain" | "hand_over" | "no_answer";

/**
 * Where the words of a message come from, which decides what they mean: `api/consent/read-request.ts` has the rules.
 *
 *   typed        the contact wrote them as a message
 *   caption      the contact wrote them below a picture or a file
 *   press        the label of a button or a row of a list that the contact chose
 *   form         the contact wrote them into a field of a form
 *   forward      the contact passed them on. Most vendors do not name the writer, who may be the contact
 *   tapback      a phone describes a reaction to a message, and quotes that message
 *   placeholder  Parley describes content that has no words
 */
export type TextOrigin = "typed" | "caption" | "press" | "form" | "forward" | "tapback" | "placeholder";

/** The carrier has read the text as this word and has answered it. */
export type CarrierWord = "stop" | "start" | "help";

export interface InboundMessage {
  kind: "message";
  /** The provider's own id of the message. With the account it is the dedupe key. */
  providerMessageId: string;
  /** The contact's address on this channel (E.164, user id): personal data, hashed and encrypted at rest. */
  from: string;
  /** Other addresses of the same contact in the same item (WhatsApp: a phone number and a business-scoped user id). */
  aliases?: readonly string[];
  /** Which of several conversations with the contact: Slack channel and thread, Telegram group and topic. Absent: direct. */
  thread?: string;
  /** Set where others read and write in the same place: a Slack channel, a group. Absent: direct. */
  shared?: SharedPlace;
  /** The text or caption of the message, or a placeholder of `placeholder.ts`. May be empty where there is media. */
  text: string;
  /** Absent: the model answers the text. A message without a text is explained, whatever the channel says. */
  treatment?: MessageTreatment;
  origin: TextOrigin;
  carrierWord?: CarrierWord;
  /** Set by `limitText`, not by a channel. */
  cutCharacters?: number;
  media?: readonly InboundMedia[];
  /** When the contact sent it by the provider's clock; null where the provider does not say. */
  providerTime: Date | null;
  /** Orders messages of one conversation within one provider time, where the provider numbers them. A safe integer. */
  providerSequence?: number;
}

/** The state of a message of ours, by the id that the vendor gave it when it was sent. */
export interface InboundReceipt {
  kind: "receipt";
  providerId: string;
  /** `accepted`: the vendor has the message and nothing more is known. It says something new only with our `deliveryId`. */
  state: "accepted" | "sent" | "delivered" | "read" | "failed";
  /** The vendor's error code of a failure, as text. */
  code: string | null;
  /** Our own id of the part (a UUID), where the vendor takes one with the message and returns it with each receipt. */
  deliveryId?: string;
  providerTime: Date | null;
}

/** All messages that we sent to this contact up to this time have reached this state. */
export interface InboundWatermark {
  kind: "watermark";
  from: string;
  state: "delivered" | "read";
  through: Date;
}

/** The contact edited or deleted a message. */
export type InboundChange = InboundEdit | InboundDeletion;

interface ChangeOfMessage {
  /** Dedupe key of the change itself. */
  changeId: string;
  /** The contact and the message: the same ids that the message came with. */
  from: string;
  aliases?: readonly string[];
  thread?: string;
  targetMessageId: string;
  /** The new text of an edit; empty for a delete. */
  text: string;
  /** Set by `limitText`, not by a channel. */
  cutCharacters?: number;
  providerTime: Date | null;
}

export interface InboundEdit extends ChangeOfMessage {
  kind: "edit";
  /** Set where the vendor also reports edits of messages that we ignore. Without a stored message the edit is ignored. */
  needsStoredMessage?: true;
}

export interface InboundDeletion extends ChangeOfMessage {
  kind: "delete";
  /** The same for deletions: without a stored message one makes no contact. */
  needsStoredMessage?: true;
}

/** The vendor says that the contact blocked or unblocked us. It is not a message that needs an answer. */
export interface InboundConsent {
  kind: "consent";
  from: string;
  state: "opted_out" | "opted_in";
  /** The origin of the consent: "blocked", "unblocked", "advanced_opt_out". */
  source: string;
  /** Of an opt-in: the source of the only opt-outs that it may end. Absent: it ends any opt-out. */
  endsOnly?: string;
  /** Set where the event also comes from contacts who never opted out. Without an opt-out to end it is ignored. */
  needsOptOut?: true;
  /** The provider's id of the message that states it, where it comes with one. With it a redelivery is the same event. */
  messageId?: string;
  /** An event that is older than the stored consent changes nothing. Absent where the vendor gives no time: then
   * its first arrival counts. */
  providerTime?: Date | null;
}

/** An agent wrote to contacts without Parley: in the vendor's own inbox, or in a shared place. So the assistant has to be silent. */
export interface InboundAgentReply {
  kind: "agent_reply";
  providerMessageId: string;
  /** The contact's address, the same that their messages come from. Null: every contact with a conversation in `thread`. */
  to: string | null;
  aliases?: readonly string[];
  /** As in a message. Absent: direct. */
  thread?: string;
  text: string;
  /** Attachments are only named in the transcript. */
  media?: readonly InboundMedia[];
  providerTime: Date | null;
  /** Set where the vendor also echoes our own sends and does not say which they are. */
  mayBeOurs?: true;
}

/** A group got another id, and goes on under it. */
export interface InboundMovedThread {
  kind: "moved_thread";
  /** The threads as messages have them. */
  from: string;
  to: string;
}

/** Understood and not needed (echo, reaction, typing, unknown kind); counted under its name. */
export interface InboundIgnored {
  kind: "ignored";
  /** A short name from a closed set per channel, of letters, digits, `_` and `.`: "reaction", "echo", "field.account_update". */
  what: string;
}

/** One item of a batch that cannot be read. It does not affect the others. */
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
  | InboundMovedThread
  | InboundIgnored
  | InboundInvalid;

export type SignatureVerdict =
  | { ok: true; secretIndex: number }
  | {
      ok: false;
      code: "signature_missing" | "signature_invalid" | "timestamp_out_of_window" | "header_repeated";
      detail: string;
    };

/** One error in a body: the field, and the rule that it breaks. */
export interface FieldProblem {
  field: string;
  message: string;
}

export interface Acknowledgement {
  status: number;
  contentType: string;
  body: string;
}

/** The events of a body that belong to another account than the one with the called webhook. */
export interface OtherAccountEvents {
  externalId: string;
  events: InboundEvent[];
}

/**
 * `problems` only where the whole body cannot be read (not JSON, not this account's); else one event per item, in the order of the
 * body. `response` replaces the channel's acknowledgement (Slack's url_verification). `otherAccounts` where one webhook serves
 * several accounts: a Meta app has one URL for all of its numbers and pages.
 */
export type ParsedBody =
  | {
      ok: true;
      events: InboundEvent[];
      response?: Acknowledgement;
      otherAccounts?: readonly OtherAccountEvents[];
    }
  | { ok: false; problems: FieldProblem[] };

/** The inbound half of a channel: it knows the vendor's signature and body, but no HTTP servers or stores. */
export interface InboundChannel {
  name: ChannelName;
  /** How long the turn waits for further messages of the contact, ms; 0 where messages come whole. */
  quietWindowMs: number;
  /** The vendor's GET handshake, where it has one. Null means refused (403). */
  handshake?(request: InboundRequest, account: ChannelAccount): Acknowledgement | null;
  verify(request: InboundRequest, account: ChannelAccount): SignatureVerdict;
  parse(request: InboundRequest, account: ChannelAccount): ParsedBody;
  /** The response that the vendor expects once every item of the body is durable. */
  acknowledgement: Acknowledgement;
}
