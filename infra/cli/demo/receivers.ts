import { z } from "zod";
import type { ArrivedReply } from "../../sandbox/fakes/contacts/read-reply.ts";
import { FAKE_DEFINITIONS, FAKE_NAMES, type FakeName } from "../../sandbox/fakes/registry.ts";
import type { FakeUrls } from "../../sandbox/vendor-settings.ts";

/** One reply as the receiving end shows it. */
export interface Received extends Required<ArrivedReply> {
  /** Receiver's clock, ms. */
  at: number;
  /** The port of the caller's connection. */
  peerPort?: number;
}

/** Where replies arrive. */
export interface Receivers {
  /** The replies since the last call. */
  pollNew(): Promise<Received[]>;
}

const PAGE = z.object({
  messages: z.array(z.looseObject({ seq: z.number(), time: z.string(), peerPort: z.number().default(0) })),
});
const RECEIVING_FAKES = FAKE_NAMES.filter((name) => FAKE_DEFINITIONS[name].readReply !== undefined);

/** Polls all the fakes, and `pages`, the receiving ends of web chat. */
export function createReceivers(
  urls: Partial<FakeUrls>,
  pages: Receivers = { pollNew: async () => [] },
): Receivers {
  const since = new Map<FakeName, number>();
  const pollFake = async (name: FakeName): Promise<Received[]> => {
    const response = await fetch(`${urls[name]}/__control/messages?since=${since.get(name) ?? 0}`);
    const { messages } = PAGE.parse(await response.json());
    since.set(name, messages.at(-1)?.seq ?? since.get(name) ?? 0);
    return messages.flatMap((entry) => {
      const reply = FAKE_DEFINITIONS[name].readReply?.(entry) ?? null;
      if (reply === null) return [];
      const { time, peerPort } = entry;
      return [{ at: Date.parse(time), peerPort, signatureOk: true, inReplyTo: [], ...reply }];
    });
  };
  return {
    pollNew: async () => (await Promise.all([...RECEIVING_FAKES.map(pollFake), pages.pollNew()])).flat(),
  };
}
