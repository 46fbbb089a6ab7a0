import type { ChannelAccount } from "../../../../db/tenants/channel-account.ts";
import { mapConcurrently } from "../../../../infra/runtime/map-concurrently.ts";
import { eventually } from "../../../support/eventually.ts";
import { readReplyTimes, type ReplyTimes, countOpen } from "../installation/reply-times.ts";
import type { BenchInstallation } from "../installation/bench-installation.ts";
import { type BenchIngress, openBenchIngress } from "../installation/bench-ingress.ts";

const DRAINED_WITHIN_MS = 120_000;
/** The calm neighbour has at most this number of open messages. With more, the flood is not over. */
const OWN_OPEN = 3;
/** The flood must end before this number of messages is sent. Otherwise the machine is too slow for the measurement. */
const MOST_DURING = 90;

/** Messages on a fixed schedule, each from its own contact. */
interface CalmTenant {
  account: ChannelAccount;
  everyMs: number;
  messagesAlone: number;
}

/** More at the same time would wait longer for a database connection than the ingress allows on a busy machine. */
const FLOOD_CONCURRENCY = 32;

/** Messages that are sent as fast as they are stored. */
interface Flood {
  account: ChannelAccount;
  messages: number;
  /** The contact of the nth message. */
  from(n: number): string;
}

export interface NeighbourReport {
  alone: ReplyTimes;
  during: ReplyTimes;
  /** The p95 during the flood divided by the p95 alone. */
  ratio: number;
  flood: { messages: number; answered_in_s: number };
}

/** Measures the reply times of the calm neighbour: alone, and while the other floods the same installation. */
export async function measureNeighbours(
  installation: BenchInstallation,
  { calm, flood, fair }: { calm: CalmTenant; flood: Flood; fair: boolean },
): Promise<NeighbourReport> {
  const { db } = installation;
  const [ingress, other] = [
    openBenchIngress(installation, { fair }),
    openBenchIngress(installation, { fair }),
  ];
  const isDrained = async () => (await countOpen(db)) === 0;
  try {
    const before = await talk(ingress, calm, async (sent) => sent < calm.messagesAlone);
    await eventually("replies to the calm neighbour", isDrained, DRAINED_WITHIN_MS);
    const alone = await readReplyTimes(db, before);
    const begin = performance.now();
    let isStored = false;
    const numbers = Array.from({ length: flood.messages }, (_, n) => n);
    const stored = mapConcurrently(
      numbers,
      FLOOD_CONCURRENCY,
      async (n) => await other.sendMessage(flood.account, flood.from(n)),
    ).then(() => (isStored = true));
    const isRunning = async (sent: number) =>
      sent < MOST_DURING && (!isStored || (await countOpen(db)) > OWN_OPEN);
    const sentDuring = await talk(ingress, calm, isRunning);
    await stored;
    await eventually("replies to the flood", isDrained, DRAINED_WITHIN_MS);
    const answeredInS = Number(((performance.now() - begin) / 1000).toFixed(1));
    const during = await readReplyTimes(db, sentDuring);
    const ratio = Number((during.p95_ms / alone.p95_ms).toFixed(2));
    return { alone, during, ratio, flood: { messages: flood.messages, answered_in_s: answeredInS } };
  } finally {
    await Promise.all([ingress.close(), other.close()]);
  }
}

async function talk(
  ingress: BenchIngress,
  { account, everyMs }: CalmTenant,
  isRunning: (sent: number) => Promise<boolean>,
): Promise<string[]> {
  const sent: Promise<string>[] = [];
  const begin = performance.now();
  while (await isRunning(sent.length)) {
    sent.push(ingress.sendMessage(account, `calm-${begin}-${sent.length}`));
    const wait = begin + sent.length * everyMs - performance.now();
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return await Promise.all(sent);
}
