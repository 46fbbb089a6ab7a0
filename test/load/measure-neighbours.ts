import type { ChannelAccount } from "../../db/channel-account.ts";
import { eventually } from "../support/eventually.ts";
import { answerTimes, type AnswerTimes, countOpen } from "./answer-times.ts";
import type { BenchInstallation } from "./bench-installation.ts";
import { type BenchIntake, openIntake } from "./bench-intake.ts";

const DRAINED_WITHIN_MS = 120_000;
/** What the calm neighbour itself has in work; with more open than this the flood is not over. */
const OWN_OPEN = 3;
/** The flood ends before so many have been sent; else the machine is too slow to say anything. */
const MOST_DURING = 90;

/** Somebody who writes on a fixed schedule, each message from a person of its own. */
interface Calm {
  account: ChannelAccount;
  everyMs: number;
  messagesAlone: number;
}

/** All at once. */
interface Flood {
  account: ChannelAccount;
  messages: number;
  /** Who writes the nth message of it. */
  from(n: number): string;
}

export interface NeighbourReport {
  alone: AnswerTimes;
  during: AnswerTimes;
  /** Of the p95 during the flood to the p95 alone. */
  ratio: number;
  flood: { messages: number; answered_in_s: number };
}

/** How long the calm one waits for each answer: alone, and while the other floods the same installation. */
export async function measureNeighbours(
  installation: BenchInstallation,
  { calm, flood, fair }: { calm: Calm; flood: Flood; fair: boolean },
): Promise<NeighbourReport> {
  const { db } = installation;
  const [intake, other] = [openIntake(installation, { fair }), openIntake(installation, { fair })];
  const isDrained = async () => (await countOpen(db)) === 0;
  try {
    const before = await talk(intake, calm, async (sent) => sent < calm.messagesAlone);
    await eventually("answers to the calm one", isDrained, DRAINED_WITHIN_MS);
    const alone = await answerTimes(db, before);
    const begin = performance.now();
    let isStored = false;
    const said = Array.from(
      { length: flood.messages },
      async (_, n) => await other.say(flood.account, flood.from(n)),
    );
    const stored = Promise.all(said).then(() => (isStored = true));
    const goesOn = async (sent: number) =>
      sent < MOST_DURING && (!isStored || (await countOpen(db)) > OWN_OPEN);
    const meanwhile = await talk(intake, calm, goesOn);
    await stored;
    await eventually("answers to the flood", isDrained, DRAINED_WITHIN_MS);
    const answeredInS = Number(((performance.now() - begin) / 1000).toFixed(1));
    const during = await answerTimes(db, meanwhile);
    const ratio = Number((during.p95_ms / alone.p95_ms).toFixed(2));
    return { alone, during, ratio, flood: { messages: flood.messages, answered_in_s: answeredInS } };
  } finally {
    await Promise.all([intake.close(), other.close()]);
  }
}

async function talk(
  intake: BenchIntake,
  { account, everyMs }: Calm,
  goesOn: (sent: number) => Promise<boolean>,
): Promise<string[]> {
  const sent: Promise<string>[] = [];
  const begin = performance.now();
  while (await goesOn(sent.length)) {
    sent.push(intake.say(account, `calm-${begin}-${sent.length}`));
    const wait = begin + sent.length * everyMs - performance.now();
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return await Promise.all(sent);
}
