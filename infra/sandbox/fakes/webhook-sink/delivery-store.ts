import { join } from "node:path";
import { z } from "zod";
import { openJournal } from "../server/journal.ts";
import { currentPeerPort } from "../server/peer-port.ts";

const DELIVERY = z.object({
  seq: z.int(),
  time: z.iso.datetime(),
  peerPort: z.int().default(0),
  name: z.string(),
  webhookId: z.string().nullable(),
  signatureOk: z.boolean(),
  /** The body as it was received. */
  body: z.string(),
  /** True for a webhook-id that was received before. */
  duplicate: z.boolean(),
});

export type SinkDelivery = z.infer<typeof DELIVERY>;

/** Every delivery that was read to its end, oldest first. With a folder, all of it outlives a kill -9. */
export function openDeliveryStore(dataDir: string | undefined) {
  const deliveries: SinkDelivery[] = [];
  const receivedIds = new Set<string>();
  const apply = (delivery: SinkDelivery) => {
    deliveries.push(delivery);
    if (delivery.signatureOk && delivery.webhookId !== null) receivedIds.add(delivery.webhookId);
  };
  const file = dataDir === undefined ? undefined : join(dataDir, "webhook-deliveries.jsonl");
  const journal = openJournal(file, (entry) => apply(DELIVERY.parse(entry)));
  return {
    record(delivery: Omit<SinkDelivery, "seq" | "time" | "peerPort" | "duplicate">): SinkDelivery {
      const { signatureOk, webhookId } = delivery;
      const recorded = {
        seq: (deliveries.at(-1)?.seq ?? 0) + 1,
        time: new Date().toISOString(),
        peerPort: currentPeerPort(),
        ...delivery,
        duplicate: signatureOk && webhookId !== null && receivedIds.has(webhookId),
      };
      journal.append(recorded);
      apply(recorded);
      return recorded;
    },
    since: (seq: number) => deliveries.filter((delivery) => delivery.seq > seq),
    latest: (count: number) => deliveries.slice(-count).toReversed(),
    close: () => journal.close(),
  };
}

export type DeliveryStore = ReturnType<typeof openDeliveryStore>;
