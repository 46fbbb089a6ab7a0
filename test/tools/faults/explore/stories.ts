import { EXPLORED_CHANNELS } from "./explored-channels.ts";
import type { ChannelName } from "../../../../db/tenants/channel-account.ts";
import { LONGEST_TEXT } from "../../../../infra/channels/channel-descriptor.ts";
import { findContacts } from "../../../../infra/cli/demo/contacts.ts";
import type { Deed, MessageShape } from "../load/deed.ts";
import { markerOf } from "../load/marker.ts";
import type { PlannedMessage } from "../load/message-plan.ts";
import type { Random } from "../random.ts";

/** One deed of a story, this long after the one before. */
interface Step {
  does: Deed;
  waitMs: number;
  shape?: MessageShape;
  /** Added to the question. */
  long?: string;
  /** The contact has an address on this channel too, and the step happens there. */
  on?: ChannelName;
  /** For a link: the other channel. */
  linkedWith?: ChannelName;
}

interface Story {
  channels: readonly ChannelName[];
  /** The share of this story among all stories. */
  weight: number;
  /** `number` is a number of this contact alone. */
  steps(random: Random, number: number): Step[];
}

const ANY: readonly ChannelName[] = EXPLORED_CHANNELS;
/** Where a keyword is a message like any other, so that only Parley keeps the silence. */
const WITH_KEYWORDS = ANY.filter((channel) => channel !== "twilio-sms");
const QUESTIONS = [
  "Do you repair e-bikes, and what does it cost?",
  "When are you open on Saturdays?",
  "Can I bring a rental back a day later?",
];

const write = (waitMs = 0): Step => ({ does: "write", waitMs });
const between = (random: Random, least: number, most: number) => least + random.int(most - least);

/** What a contact, and an agent, may do within a round. A new story is one entry here. */
export const STORIES = {
  one_message: { weight: 3, channels: ANY, steps: () => [write()] },
  two_messages: {
    weight: 4,
    channels: ANY,
    steps: (random) => [write(), write(between(random, 200, 3_000))],
  },
  burst: {
    weight: 2,
    channels: ANY,
    steps: (random) => Array.from({ length: 3 + random.int(3) }, () => write(between(random, 30, 500))),
  },
  stop: {
    weight: 5,
    channels: WITH_KEYWORDS,
    steps: (random) => [write(), { does: "stop", waitMs: between(random, 50, 4_000) }],
  },
  stop_and_start: {
    weight: 1,
    channels: WITH_KEYWORDS,
    steps: (random) => [
      write(),
      { does: "stop", waitMs: between(random, 50, 2_000) },
      { does: "start", waitMs: between(random, 500, 3_000) },
      write(between(random, 50, 2_000)),
    ],
  },
  takeover: {
    weight: 4,
    channels: ANY,
    steps: (random) => [write(), { does: "take_over", waitMs: between(random, 50, 3_000) }, write(500)],
  },
  takeover_and_hand_back: {
    weight: 1,
    channels: ANY,
    steps: (random) => [
      write(),
      { does: "take_over", waitMs: between(random, 50, 2_000) },
      { does: "hand_back", waitMs: between(random, 200, 2_000) },
      write(between(random, 50, 1_000)),
    ],
  },
  pause_and_resume: {
    weight: 1,
    channels: ANY,
    steps: (random) => [
      write(),
      { does: "pause", waitMs: between(random, 50, 3_000) },
      write(500),
      { does: "resume", waitMs: between(random, 500, 2_000) },
      write(between(random, 50, 1_000)),
    ],
  },
  account_paused: {
    weight: 1,
    // Few contacts write on this channel, and all of them become silent.
    channels: ["line"],
    steps: (random) => [
      write(),
      { does: "pause_account", waitMs: between(random, 50, 2_000) },
      write(200),
      { does: "resume_account", waitMs: between(random, 200, 1_000) },
      write(between(random, 50, 1_000)),
    ],
  },
  window_closes: {
    weight: 2,
    channels: ["whatsapp", "messenger"],
    steps: (random) => [
      write(),
      { does: "close_window", waitMs: between(random, 20, 2_000) },
      write(between(random, 500, 2_000)),
    ],
  },
  linked_and_window_closes: {
    weight: 2,
    channels: ["whatsapp", "messenger"],
    steps: (random) => [
      write(),
      { ...write(), on: "telegram" },
      { does: "link", waitMs: 200, linkedWith: "telegram" },
      write(between(random, 50, 500)),
      { does: "close_window", waitMs: between(random, 20, 1_000) },
    ],
  },
  receipts_out_of_order: {
    weight: 1,
    channels: ["whatsapp"],
    steps: (random) => [write(), { does: "report_receipts", waitMs: between(random, 200, 2_000) }, write()],
  },
  deletion: {
    weight: 2,
    channels: ["webhook", "slack"],
    steps: (random) => [write(), { does: "delete", waitMs: between(random, 20, 2_000) }, write(200)],
  },
  edit: {
    weight: 1,
    channels: ["webhook", "slack", "telegram"],
    steps: (random) => [write(), { does: "edit", waitMs: between(random, 20, 2_000) }, write(500)],
  },
  press: {
    weight: 1,
    channels: ["whatsapp"],
    steps: (random) => [write(), { does: "press", waitMs: between(random, 200, 3_000) }],
  },
  long_text: {
    weight: 1,
    channels: ["webhook", "slack"],
    // Over the limit of every channel, or three in one turn that are just below it.
    steps: (random) =>
      random.chance(0.3)
        ? [{ ...write(), long: "two words ".repeat(3_900) }]
        : [0, 100, 100].map((waitMs) => ({ ...write(waitMs), long: "x".repeat(LONGEST_TEXT - 500) })),
  },
  group: {
    weight: 1,
    channels: ["telegram"],
    steps(random, number) {
      const shape: MessageShape = { kind: "group", chat: String(-1_000_000_000 - number) };
      return [
        { ...write(), shape },
        { ...write(between(random, 200, 2_000)), shape },
      ];
    },
  },
  stop_by_number_then_user_id: {
    weight: 2,
    channels: ["whatsapp"],
    steps(random, number) {
      const [phone, userId] = [whatsappNumber(number), `US.${900_000_000 + number}`];
      const shape = (ids: { phone: string | null; userId: string | null }): MessageShape => ({
        kind: "whatsapp_ids",
        ...ids,
      });
      return [
        { does: "stop", waitMs: 0, shape: shape({ phone, userId: null }) },
        { ...write(between(random, 500, 2_000)), shape: shape({ phone: null, userId }) },
        { ...write(between(random, 500, 2_000)), shape: shape({ phone, userId }) },
      ];
    },
  },
} as const satisfies Readonly<Record<string, Story>>;

export type StoryName = keyof typeof STORIES;

/** The largest number of deeds of one story: each has its own marker. */
const MARKERS_PER_STORY = 16;

export interface StoryAction {
  kind: "story";
  id: number;
  name: StoryName;
  channel: ChannelName;
  atMs: number;
  random: Random;
}

/** The deeds of one contact. The same action makes the same deeds, whatever else happens in the round. */
export function planStory({ id, name, channel, atMs, random }: StoryAction): PlannedMessage[] {
  const story: Story = STORIES[name];
  const fork = random.fork("story");
  let dueMs = atMs;
  let marker = "";
  return story.steps(fork, id).map((step, i) => {
    dueMs += step.waitMs;
    if (isKeyword(step.does)) marker = "";
    // The text of an edit keeps the marker of its message.
    else if (step.does !== "edit") marker = markerOf(id * MARKERS_PER_STORY + i);
    const own = step.on ?? channel;
    const { linkedWith } = step;
    return {
      channel: own,
      from: findContacts(own).createAddress(id),
      text: textOf(step, { marker, random: fork }),
      marker,
      atMs: dueMs,
      copies: step.does === "write" && fork.chance(0.05) ? 2 : 1,
      does: step.does,
      ...(step.shape !== undefined && { shape: step.shape }),
      ...(linkedWith !== undefined && {
        linkedWith: { channel: linkedWith, from: findContacts(linkedWith).createAddress(id) },
      }),
      // A channel may refuse a text of this length.
      ...((step.long?.length ?? 0) > LONGEST_TEXT && { mayStayUnanswered: true }),
    };
  });
}

function textOf({ does, long = "" }: Step, { marker, random }: { marker: string; random: Random }): string {
  if (does === "stop") return "STOP";
  if (does === "start") return "START";
  // Twice, because a prompt may hold only the beginning or the end of a long text.
  const end = long === "" ? "" : ` ${long} (${marker})`;
  return `${random.pick(QUESTIONS)} (${marker})${end}`;
}

/** Its text is the keyword alone. */
function isKeyword(does: Deed): boolean {
  return does === "stop" || does === "start";
}

function whatsappNumber(number: number): string {
  return findContacts("whatsapp").createAddress(number);
}
