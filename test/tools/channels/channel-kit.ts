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

/** Something that happened at the vendor and is told in a webhook. Equal numbers are the same message, whatever its text. */
export type VendorEvent =
  | { kind: "message"; number: number; text: string }
  | { kind: "edit"; number: number; text: string }
  | { kind: "delete"; number: number }
  /** `word` is the vendor's own for a state of a message of ours. */
  | { kind: "receipt"; providerId: string; vendorStatus: string; code?: string }
  /** An item that nobody could read: only vendors that batch are asked for one. */
  | { kind: "broken" };

export interface Signing {
  secret: string;
  /** The vendor's clock. */
  at: Date;
}

/** One of the vendor's words for the state of a message; `state` is null for those that are of no use to anybody. */
export interface ReceiptStatus {
  vendorStatus: string;
  state: InboundReceipt["state"] | null;
  /** Of a failure: the vendor's code, and what it means for the next step. */
  code?: string;
  refusalClass?: RefusalClass;
}

/** One answer of the vendor to a send, and what has to be made of it. */
export interface ErrorCase {
  /** What happens, as a person would say it: "the token was taken back". */
  when: string;
  fault: Fault;
  expectedClass: RefusalClass | "unknown";
  /** The wait that the answer asks for. */
  waitMs?: number;
}

/** A text as the vendor's fake would show it to the person; a repeated send that the vendor dropped is not there twice. */
export interface SentText {
  providerId: string;
  text: string;
  /** The template that carried it. */
  template?: string;
}

/** The vendor's cloud on loopback for one check. */
export interface VendorFake {
  url: string;
  /** What happens to the next call; the one after it is answered as always. */
  scriptFault(fault: Fault): void;
  /** The calls so far, with the status that each was answered with. */
  calls(): { path: string; status: number | "cut" | "dropped" }[];
  readSentTexts(): Promise<SentText[]>;
  /** Where the vendor has a reply window: the person wrote too long ago. */
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
  /** What requests are signed with: the secret in force, the one before it, and one that is somebody else's. */
  secrets: { current: string; previous: string; foreign: string };
  /** The address of the person, the same in both directions. */
  contactAddress: string;
  /** A signed request that tells of these; one that does not batch is only ever given one. */
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
  /** What people can do to a message after they sent it, as far as the vendor tells it. */
  changes: readonly ("edit" | "delete")[];
  /** In the order of a message's life; empty where the vendor sends no receipts. */
  receiptStatuses: readonly ReceiptStatus[];
  openVendorFake(): Promise<VendorFake>;
  /** What else a part has to keep beside what the fake refuses: carriers hold back what Twilio takes. */
  fitsVendorLimits?(part: string): boolean;
  /** A template that the fake takes while the window is closed; absent where the vendor has none. */
  template?: { name: string; language: string };
  errors: readonly ErrorCase[];
  /** Abilities that the vendor's own API forbids, each with the reason. Nothing else may be missing. */
  notOffered: Partial<Record<Ability, string>>;
  /** What all checks share and is dear to open, such as a database. */
  open?(): Promise<void>;
  close?(): Promise<void>;
}
