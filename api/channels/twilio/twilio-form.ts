import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { FieldProblem } from "../channel.ts";

/** A form that Twilio posts about one message: a message of a contact, or the state of one of ours. */
export interface TwilioForm {
  sid: string;
  /** "received" for a message of a contact, else the state of one of ours. */
  status: string;
  /** The text of a field in the form that the stores take; empty where the field is absent. */
  text(name: string): string;
  has(name: string): boolean;
}

export type TwilioFormVerdict = { ok: true; form: TwilioForm } | { ok: false; problems: FieldProblem[] };

const SID = /^(SM|MM)[0-9a-f]{32}$/i;

/** Reads the fields that every form has, and rejects a form of another Twilio account. */
export function readTwilioForm(rawBody: Buffer, account: ChannelAccount): TwilioFormVerdict {
  const fields = new URLSearchParams(rawBody.toString("utf8"));
  // Twilio passes NUL bytes on; PostgreSQL takes none.
  const text = (name: string) => (fields.get(name) ?? "").toWellFormed().replaceAll("\0", "\uFFFD");
  const problems: FieldProblem[] = [];
  if (!SID.test(text("MessageSid"))) {
    problems.push({ field: "MessageSid", message: "must be SM or MM and 32 hexadecimal digits" });
  }
  if (account.externalId !== null && text("AccountSid") !== account.externalId) {
    problems.push({ field: "AccountSid", message: "is not the AccountSid of this channel account" });
  }
  const status = text("MessageStatus") || text("SmsStatus") || "received";
  if (status === "received" && text("From") === "") {
    problems.push({ field: "From", message: "must be the number that it is from" });
  }
  if (problems.length > 0) return { ok: false, problems };
  const has = (name: string) => fields.has(name);
  return { ok: true, form: { sid: text("MessageSid"), status, text, has } };
}
