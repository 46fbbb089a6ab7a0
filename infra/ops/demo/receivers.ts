import { z } from "zod";

/** One answer as it stands at the receiving end, told by the receiver and not by us. */
export interface Received {
  channel: "webhook" | "twilio-sms";
  to: string;
  text: string;
  /** Receiver's clock, ms. */
  at: number;
  signatureOk: boolean;
  /** Provider ids of the messages that it answers; SMS cannot say. */
  inReplyTo: string[];
}

const SINK = z.object({
  messages: z.array(
    z.object({
      seq: z.number(),
      time: z.string(),
      signatureOk: z.boolean(),
      duplicate: z.boolean(),
      body: z.string(),
    }),
  ),
});
const REPLY = z.object({
  data: z.object({ to: z.string(), text: z.string(), in_reply_to: z.array(z.string()) }),
});
const TWILIO = z.object({
  messages: z.array(z.object({ seq: z.number(), time: z.string(), to: z.string(), body: z.string() })),
});

/** Reads what has arrived since the last look, from the webhook sink and the Twilio stand-in. */
export function createReceivers(urls: { sink: string; twilio: string }) {
  const since = { sink: 0, twilio: 0 };
  const look = async (name: "sink" | "twilio"): Promise<unknown> => {
    const response = await fetch(`${urls[name]}/__control/messages?since=${since[name]}`);
    return await response.json();
  };
  return {
    async news(): Promise<Received[]> {
      const sunk = SINK.parse(await look("sink")).messages;
      const texted = TWILIO.parse(await look("twilio")).messages;
      since.sink = sunk.at(-1)?.seq ?? since.sink;
      since.twilio = texted.at(-1)?.seq ?? since.twilio;
      // A repeat of an id that was taken is dropped by every receiver of Standard Webhooks: that is what the id is for.
      const replies = sunk
        .filter(({ duplicate }) => !duplicate)
        .map(({ body, time, signatureOk }) => {
          const { to, text, in_reply_to: inReplyTo } = REPLY.parse(JSON.parse(body)).data;
          return { channel: "webhook" as const, to, text, at: Date.parse(time), signatureOk, inReplyTo };
        });
      const texts = texted.map(({ to, body, time }) => ({
        channel: "twilio-sms" as const,
        to,
        text: body,
        at: Date.parse(time),
        signatureOk: true,
        inReplyTo: [],
      }));
      return [...replies, ...texts];
    },
  };
}

export type Receivers = ReturnType<typeof createReceivers>;
