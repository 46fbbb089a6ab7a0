import type { Campaign, CampaignOptions, CampaignReport, Scale } from "../campaign.ts";
import { replySeconds, timeFigures } from "../ledger/reply-times.ts";
import { planMessages } from "../load/message-plan.ts";
import { runUnderLoad } from "../run-under-load.ts";

interface Size {
  /** Of one person, as fast as they are taken. */
  hot: number;
  /** Of everybody else, one a second or so. */
  others: number;
  durationMs: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { hot: 60, others: 15, durationMs: 10_000 },
  full: { hot: 800, others: 120, durationMs: 90_000 },
};
const HOT = "one person's messages at once";

/** One person writes without end while others write now and then: nothing lost, nothing out of order, nobody forgotten. */
export const hotConversation: Campaign = {
  name: "hot-conversation",
  description: "hundreds of messages of one person beside a calm load; about 3 minutes a seed",
  run: (options) => run(options, SIZES[options.scale]),
};

async function run(options: CampaignOptions, { hot, others, durationMs }: Size): Promise<CampaignReport> {
  return await runUnderLoad(options, {
    campaign: "hot-conversation",
    async load({ loader, random, faults }) {
      faults.plan(HOT);
      const calm = planMessages({
        random: random.fork("calm"),
        channels: ["webhook", "twilio-sms"],
        messages: others,
        durationMs,
      });
      // Each person gets at most `hot` lines, and the first one drawn gets them all.
      const lines = planMessages({
        random: random.fork("hot"),
        channels: ["webhook"],
        messages: hot,
        durationMs: 1,
        perPerson: 1,
        redelivered: 0.1,
        from: others,
      });
      const [first] = lines;
      const flood = lines.map((line) => ({ ...line, from: first?.from ?? "", atMs: durationMs / 4 }));
      const [, hotOnes] = await Promise.all([loader.offer(calm), loader.offer(flood)]);
      // One flood, and none where hardly any of it came in.
      const taken = hotOnes.filter(({ acknowledgedAt }) => acknowledgedAt !== null).length;
      faults.fired(HOT, taken > hot / 2 ? 1 : 0);
    },
    injectKills: async () => undefined,
    figures(ledger) {
      const isHot = ({ atMs }: { atMs: number }) => atMs === durationMs / 4;
      return [
        ...timeFigures("hot_answer", replySeconds(ledger, isHot)),
        ...timeFigures(
          "others_answer",
          replySeconds(ledger, (message) => !isHot(message)),
        ),
      ];
    },
  });
}
