import { z } from "zod";
import type { ChannelName } from "../../../db/tenants/channel-account.ts";
import type { FakeUrls } from "../../sandbox/vendor-settings.ts";

/** One answer as it stands at the receiving end, told by the receiver and not by us. */
export interface Received {
  channel: ChannelName;
  /** The person, as they were called when they wrote. */
  to: string;
  text: string;
  /** The id that the receiving end gave it, and told us where its answer arrived; a webhook's own id. */
  id: string;
  /** Receiver's clock, ms. */
  at: number;
  /** True also where the channel's replies bear no signature. */
  signatureOk: boolean;
  /** Provider ids of the messages that it answers; only webhooks say. */
  inReplyTo: string[];
}

/** Where answers arrive. */
export interface Receivers {
  /** What has arrived since the last look. */
  pollNew(): Promise<Received[]>;
}

const ITEM = z.looseObject({ seq: z.number(), time: z.string() });
const PAGE = z.object({ messages: z.array(ITEM) });
type Item = z.infer<typeof ITEM>;

/** What a fake accepted, as an answer; null for what is none. */
type Reader = (item: Item) => (Pick<Received, "channel" | "to" | "text" | "id"> & Partial<Received>) | null;

const READERS = {
  twilio: readTwilio,
  sink: readSink,
  whatsapp: (item) => ({ channel: "whatsapp", ...SENT.parse(item) }),
  telegram: (item) => ({ channel: "telegram", ...SENT.parse(item) }),
  messenger: (item) => ({ channel: PRODUCT.parse(item).details.product, ...SENT.parse(item) }),
  slack: readSlack,
} as const satisfies Readonly<Record<string, Reader>>;

type ReceivingEnd = keyof typeof READERS;
const ENDS = Object.keys(READERS) as ReceivingEnd[];

/** Looks at all the fakes, and at `pages`, the receiving ends of web chat. */
export function createReceivers(
  urls: Pick<FakeUrls, ReceivingEnd>,
  pages: Receivers = { pollNew: async () => [] },
): Receivers {
  const since = new Map<ReceivingEnd, number>();
  const pollReceiver = async (end: ReceivingEnd): Promise<Received[]> => {
    const response = await fetch(`${urls[end]}/__control/messages?since=${since.get(end) ?? 0}`);
    const { messages } = PAGE.parse(await response.json());
    since.set(end, messages.at(-1)?.seq ?? since.get(end) ?? 0);
    return messages.flatMap((item) => {
      const read = READERS[end](item);
      if (read === null) return [];
      return [{ at: Date.parse(item.time), signatureOk: true, inReplyTo: [], ...read }];
    });
  };
  return {
    pollNew: async () => (await Promise.all([...ENDS.map(pollReceiver), pages.pollNew()])).flat(),
  };
}

const SENT = z.object({ id: z.string(), to: z.string(), text: z.string() });
const PRODUCT = z.looseObject({ details: z.looseObject({ product: z.enum(["messenger", "instagram"]) }) });
const TWILIO = z.looseObject({ sid: z.string(), to: z.string(), body: z.string() });
const DELIVERY = z.looseObject({
  name: z.string(),
  webhookId: z.string().nullable(),
  signatureOk: z.boolean(),
  duplicate: z.boolean(),
  body: z.string(),
});
const REPLY = z.looseObject({
  data: z.looseObject({ to: z.string(), text: z.string(), in_reply_to: z.array(z.string()) }),
});

const WHATSAPP = "whatsapp:";
/** The end of WEBHOOK_DELIVERY_URL. */
const REPLIES = "replies";

function readTwilio(item: Item): ReturnType<Reader> {
  const { sid: id, to, body: text } = TWILIO.parse(item);
  if (!to.startsWith(WHATSAPP)) return { channel: "twilio-sms", id, to, text };
  return { channel: "twilio-whatsapp", id, to: to.slice(WHATSAPP.length), text };
}

/** The channel of a person's direct messages is named after them. */
function readSlack(item: Item): ReturnType<Reader> {
  const { id, to, text } = SENT.parse(item);
  return { channel: "slack", id, to: `U${to.slice(1)}`, text };
}

function readSink(item: Item): ReturnType<Reader> {
  const { name, webhookId, duplicate, signatureOk, body } = DELIVERY.parse(item);
  // A repeat of an id that was taken is dropped by every receiver of Standard Webhooks: that is what the id is for. Under other
  // names the sink takes whatever somebody tries out.
  if (duplicate || name !== REPLIES) return null;
  const { to, text, in_reply_to: inReplyTo } = REPLY.parse(JSON.parse(body)).data;
  return { channel: "webhook", id: webhookId ?? "", to, text, signatureOk, inReplyTo };
}
