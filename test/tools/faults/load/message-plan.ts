import type { ChannelName } from "../../../../db/tenants/channel-account.ts";
import { findContacts } from "../../../../infra/cli/demo/contacts.ts";
import type { Random } from "../random.ts";
import { markerOf } from "./marker.ts";

export interface PlannedMessage {
  channel: ChannelName;
  from: string;
  text: string;
  /** A word that stands in this text and in no other: by it a message is found in prompts. */
  marker: string;
  /** When it is due, ms after the load has begun. */
  atMs: number;
  /** The first post stops in the middle of its body until this resolves. */
  secondHalf?: Promise<void>;
  /** How often the vendor posts it: 1, or more where it redelivers what was taken already. */
  copies: number;
  /** The account it is posted to; "main" where nothing is said. */
  accountId?: string;
}

export interface LoadPlan {
  random: Random;
  channels: readonly ChannelName[];
  messages: number;
  /** Over how long they are spread, ms. */
  durationMs: number;
  /** Messages of one person, at most; each person writes on one channel. Default 3. */
  perPerson?: number;
  /** The share of messages that come more than once. Default 0.05. */
  redelivered?: number;
  /** People and markers are numbered from here: two loads of one run must not meet. Default 0. */
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

/** Who writes what, where and when. Equal seeds make equal plans. */
export function planMessages(plan: LoadPlan): PlannedMessage[] {
  const {
    random,
    channels,
    messages,
    durationMs,
    perPerson = 3,
    redelivered = 0.05,
    from = 0,
    accountId,
  } = plan;
  const planned: PlannedMessage[] = [];
  for (let contact = from; planned.length < messages; contact++) {
    const channel = random.pick(channels);
    const lines = Math.min(1 + random.int(perPerson), messages - planned.length);
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
  return planned.toSorted((a, b) => a.atMs - b.atMs);
}
