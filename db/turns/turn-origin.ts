/** Fixed texts that answer without a model; `activities/answer/prompts/fixed-texts.ts` has their words. */
export const NOTICES = [
  "opted_out",
  "opted_in",
  "help",
  "ask_stop",
  "go_on",
  "slow_down",
  "visitor_limit",
  "too_long",
  "text_only",
  "handoff_requested",
  "handoff_timeout",
] as const;
export type Notice = (typeof NOTICES)[number];

export const TURN_KINDS = ["inbound", "agent", "notice", "resend", "reroute"] as const;

/** Why a turn exists. The column `turns.kind` is generated from its `kind`. */
export type TurnOrigin =
  /** It answers messages of the contact; `inbox.turn_id` names them. */
  | { kind: "inbound" }
  /** An agent wrote, here or in the vendor's own inbox. */
  | { kind: "agent"; agent: string; via: "parley" | "vendor_inbox" }
  /** Parley informs the contact by itself. */
  | { kind: "notice"; notice: Notice }
  /** The vendor accepted a part and reported later that it had failed. */
  | { kind: "resend"; deliveryId: string; resends: number }
  /** The text of another turn, which may not be sent in that turn's conversation. `resends` is the count of that turn. */
  | { kind: "reroute"; fromTurnId: string; resends: number; agent: string | null };

export type OutboundOrigin = Exclude<TurnOrigin, { kind: "inbound" }>;

/** How often the text of this turn was already sent again after a late failure. */
export function countResends(origin: TurnOrigin): number {
  return origin.kind === "resend" || origin.kind === "reroute" ? origin.resends : 0;
}

/** The agent who wrote the text, or null where Parley wrote it. */
export function findAuthor(origin: TurnOrigin): string | null {
  return origin.kind === "agent" || origin.kind === "reroute" ? origin.agent : null;
}

export function parseNotice(value: unknown): Notice {
  const notice = NOTICES.find((name) => name === value);
  if (notice === undefined) throw new Error(`${JSON.stringify(value)} is not the name of a notice.`);
  return notice;
}

/** The database has no schema for JSON, so each origin is checked when it is read. */
export function parseTurnOrigin(value: unknown): TurnOrigin {
  const fields = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  switch (fields["kind"]) {
    case "inbound":
      return { kind: "inbound" };
    case "agent": {
      const via = fields["via"] === "vendor_inbox" ? "vendor_inbox" : "parley";
      return { kind: "agent", agent: readText(fields, "agent"), via };
    }
    case "notice":
      return { kind: "notice", notice: parseNotice(fields["notice"]) };
    case "resend":
      return {
        kind: "resend",
        deliveryId: readText(fields, "deliveryId"),
        resends: readCount(fields, "resends"),
      };
    case "reroute":
      return {
        kind: "reroute",
        fromTurnId: readText(fields, "fromTurnId"),
        resends: readCount(fields, "resends"),
        agent: fields["agent"] === null ? null : readText(fields, "agent"),
      };
    default:
      throw new Error(`${JSON.stringify(value)} is not the origin of a turn.`);
  }
}

function readText(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw new Error(`The origin of a turn has no text "${name}".`);
  return value;
}

function readCount(fields: Record<string, unknown>, name: string): number {
  const value = fields[name];
  if (!Number.isSafeInteger(value)) throw new Error(`The origin of a turn has no number "${name}".`);
  return value as number;
}
