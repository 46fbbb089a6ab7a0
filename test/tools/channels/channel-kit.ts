import type { OutboundChannel, OutboundOptions, RefusalClass } from "../../../activities/channels/channel.ts";
import type {
  InboundChannel,
  InboundReceipt,
  InboundRequest,
  ParsedBody,
  SignatureVerdict,
} from "../../../api/channels/channel.ts";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { Fault } from "../../../infra/sandbox/fakes/server/fault-script.ts";

/** What a channel is graded in, in the order of the published table. */
export const ABILITIES = Object.freeze([
  "verify",
  "rotate",
  "batch",
  "dedupe",
  "receipts",
  "split",
  "idempotent_send",
  "reconcile",
  "window",
  "errors",
  "typing",
] as const);
export type Ability = (typeof ABILITIES)[number];

/** An event at the vendor that a webhook reports. Equal numbers are the same message, whatever its text. */
export type VendorEvent =
  | { kind: "message"; number: number; text: string }
  | { kind: "edit"; number: number; text: string }
  | { kind: "delete"; number: number }
  /** `word` is the vendor's own for a state of a message of ours. */
  | { kind: "receipt"; providerId: string; vendorStatus: string; code?: string }
  /** An unreadable item. Only vendors that batch are asked for one. */
  | { kind: "broken" };

export interface Signing {
  secret: string;
  /** The vendor's clock. */
  at: Date;
}

/** One of the vendor's words for the state of a message. `state` is null for those that we ignore. */
export interface ReceiptStatus {
  vendorStatus: string;
  state: InboundReceipt["state"] | null;
  /** Of a failure: the vendor's code, and what it means for the next step. */
  code?: string;
  refusalClass?: RefusalClass;
}

/** One answer of the vendor to a send, and what has to be made of it. */
export interface ErrorCase {
  /** The case in plain words: "the token was revoked". */
  when: string;
  fault: Fault;
  expectedClass: RefusalClass | "unknown";
  /** The wait that the answer asks for. */
  waitMs?: number;
}

/** A text that the vendor's fake shows to the contact. A repeated send that the vendor dropped is not listed twice. */
export interface SentText {
  providerId: string;
  text: string;
  /** The template that it was sent with. */
  template?: string;
}

/** The vendor's cloud on loopback for one check. */
export interface VendorFake {
  url: string;
  /** The fault of the next call. The call after it works as usual. */
  scriptFault(fault: Fault): void;
  /** The calls so far, with the status that each was answered with. */
  calls(): { path: string; status: number | "cut" | "dropped" }[];
  readSentTexts(): Promise<SentText[]>;
  /** Where the vendor has a reply window: closes it, as if the contact had written too long ago. */
  closeWindow?(): Promise<void>;
  /** Where sends belong to a conversation that has to exist. */
  conversationId?: string;
  close(): Promise<void>;
}

/** The inbound half as the checks see it: any `InboundChannel`, or something that has to be waited for. */
export interface KitInbound extends Pick<InboundChannel, "quietWindowMs"> {
  verify(request: InboundRequest, account: ChannelAccount): SignatureVerdict | Promise<SignatureVerdict>;
  parse(request: InboundRequest, account: ChannelAccount): ParsedBody | Promise<ParsedBody>;
}

/** Everything that the conformance kit has to know of a channel; the two halves themselves are looked at from outside alone. */
export interface ChannelKit {
  name: string;
  inbound: KitInbound;
  createOutbound(options: OutboundOptions): OutboundChannel;
  /** An account as an operator would set it up; its inbound secrets are replaced by the ones below. */
  accountAt(vendorUrl: string): ChannelAccount;
  /** Secrets for signing requests: the current one, the previous one, and one of another account. */
  secrets: { current: string; previous: string; foreign: string };
  /** The contact's address, the same in both directions. */
  contactAddress: string;
  /** A signed request with these events. A vendor that does not batch gets one event at a time. */
  requestOf(happenings: readonly VendorEvent[], signing: Signing): InboundRequest;
  /** The headers that a signature is made of, and what it covers: true, or why the vendor leaves it out. */
  signature: {
    headers: readonly string[];
    covers: {
      body: true | string;
      time: true | string;
      url: true | string;
      /** A header that is there twice is refused; absent: it is. */
      once?: string;
    };
  };
  /** The changes of a sent message that the vendor reports. */
  changes: readonly ("edit" | "delete")[];
  /** In the order of a message's life; empty where the vendor sends no receipts. */
  receiptStatuses: readonly ReceiptStatus[];
  openVendorFake(): Promise<VendorFake>;
  /** Limits of a part that the fake does not check: carriers hold back messages that Twilio accepts. */
  fitsVendorLimits?(part: string): boolean;
  /** A template that the fake takes while the window is closed; absent where the vendor has none. */
  template?: { name: string; language: string };
  errors: readonly ErrorCase[];
  /** Abilities that the vendor's own API forbids, each with the reason. Nothing else may be missing. */
  notOffered: Partial<Record<Ability, string>>;
  /** Shared by all checks because it is slow to open, such as a database. */
  open?(): Promise<void>;
  close?(): Promise<void>;
}
