import type { ChannelName } from "../../../../db/tenants/channel-account.ts";
import { findContacts } from "../../../../infra/cli/demo/contacts.ts";
import type { Random } from "../random.ts";
import type { Deed, MessageShape } from "./deed.ts";
import { markerOf } from "./marker.ts";

export interface PlannedMessage {
  channel: ChannelName;
  from: string;
  text: string;
  /** A word that only this text has. It identifies the message in prompts. */
  marker: string;
  /** The due time, ms after the start of the load. */
  atMs: number;
  /** The first post stops in the middle of its body until this resolves. */
  secondHalf?: Promise<void>;
  /** How often the vendor posts it: more than 1 for a redelivery. */
  copies: number;
  /** The account that it is posted to. Default: "main". */
  accountId?: string;
  /** Default: the contact writes `text`. */
  does?: Deed;
  /** Default: a direct message from the address `from`. */
  shape?: MessageShape;
  /** For a link: the address of the same human being on another channel. */
  linkedWith?: { channel: ChannelName; from: string };
  /** True if another outcome than an answer is correct, for example because a text is too long for the channel. */
  mayStayUnanswered?: boolean;
}

export interface LoadPlan {
  random: Random;
  channels: readonly ChannelName[];
  messages: number;
  /** The time over which the messages are spread, ms. */
  durationMs: number;
  /** The maximum of messages of one contact; each contact writes on one channel. Default 3. */
  perContact?: number;
  /** The share of messages that are redelivered. Default 0.05. */
  redelivered?: number;
  /** The share of contacts who opt out shortly after their last message. Default 0. */
  stops?: number;
  /** The first number of contacts and markers: two loads of one run must not share numbers. Default 0. */
  from?: number;
  accountId?: string;
}

const QUESTIONS = [
  "Do you repair e-bikes, and what does it cost?",
  "When are you open on Saturdays?",
  "Can I bring a rental back a day later?",
  "How long does a full service take?",
  "Do you have a child seat for rent?",
];

/** Plans contacts, texts, channels and times. The same seed makes the same plan. */
export function planMessages(plan: LoadPlan): PlannedMessage[] {
  const {
    random,
    channels,
    messages,
    durationMs,
    perContact = 3,
    redelivered = 0.05,
    stops = 0,
    from = 0,
    accountId,
  } = plan;
  const planned: PlannedMessage[] = [];
  for (let contact = from; planned.length < messages; contact++) {
    const channel = random.pick(channels);
    const lines = Math.min(1 + random.int(perContact), messages - planned.length);
    for (let line = 0; line < lines; line++) {
      const marker = markerOf(from + planned.length);
      planned.push({
        channel,
        from: findContacts(channel).createAddress(contact),
        text: `${random.pick(QUESTIONS)} (${marker})`,
        marker,
        atMs: Math.floor(random.next() * durationMs),
        copies: random.chance(redelivered) ? 2 + random.int(3) : 1,
        ...(accountId === undefined ? {} : { accountId }),
      });
    }
  }
  return [...planned, ...planStops(planned, stops, random.fork("stops"))].toSorted((a, b) => a.atMs - b.atMs);
}

/** The opt-out comes while the last answer is made, or after it. */
const STOP_WITHIN_MS = 3_000;

function planStops(planned: readonly PlannedMessage[], share: number, random: Random): PlannedMessage[] {
  const contacts = Map.groupBy(planned, ({ channel, from }) => `${channel}\n${from}`);
  return [...contacts.values()].flatMap((messages) => {
    const [last] = messages.toSorted((a, b) => b.atMs - a.atMs);
    if (last === undefined || !random.chance(share)) return [];
    const atMs = last.atMs + random.int(STOP_WITHIN_MS);
    return [{ ...last, text: "STOP", marker: "", does: "stop" as const, copies: 1, atMs }];
  });
}
