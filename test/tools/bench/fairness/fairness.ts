import type { ChannelAccount } from "../../../../db/tenants/channel-account.ts";
import { eventually } from "../../../support/eventually.ts";
import { type ReplyTimes, countOpen } from "../installation/reply-times.ts";
import {
  type BenchInstallation,
  openBenchInstallation,
  prepareDatabase,
} from "../installation/bench-installation.ts";
import { openBenchIngress } from "../installation/bench-ingress.ts";
import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { watchCpu } from "../machine/cpu-shares.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { measureNeighbours, type NeighbourReport } from "./measure-neighbours.ts";
import { openTenant } from "../installation/open-tenant.ts";

/**
 * With fairness keys a message waits only for the tasks that the worker already has, 40 workflow tasks at a time. On two cores that is
 * about 2 s, against 0.15 s without load. Without keys it waits for the whole flood.
 */
const BARS = { p95_to_alone_max: 40, p95_to_without_keys_max: 0.35 };
const FLOOD = 400;
const FLOOD_OF_ONE = 200;
const WARM_UP = 60;
const WARM_WITHIN_MS = 60_000;

interface Report {
  with_keys: NeighbourReport;
  without_keys: NeighbourReport;
  p95_to_without_keys: number;
  one_contact: NeighbourReport;
}

/** The effect of the flood of one tenant or contact on another one. */
export const fairness: Benchmark = {
  name: "fairness",
  description: `a tenant with a message a second during ${FLOOD} messages of another tenant, with and without fairness keys; the contacts of a tenant during ${FLOOD_OF_ONE} messages of one contact; about 2 minutes`,
  async measure({ sandbox, progress }: BenchOptions) {
    await prepareDatabase(sandbox);
    const installation = await openBenchInstallation(sandbox, { name: "fairness", processes: ["worker"] });
    try {
      const cpuSoFar = watchCpu(sandbox);
      const figures = await measureAll(installation, (text) => progress.tick(text));
      const disturbed = cpuSoFar()["others"] ?? 0;
      const ok =
        figures.with_keys.ratio <= BARS.p95_to_alone_max &&
        figures.p95_to_without_keys <= BARS.p95_to_without_keys_max &&
        figures.one_contact.ratio <= BARS.p95_to_alone_max;
      const on = machine(sandbox);
      /** Cores that other processes used. Well above 0.2, the figures mean little. */
      const report = {
        ok,
        bench: "fairness",
        machine: on,
        bars: BARS,
        disturbed_by_cores: disturbed,
        ...figures,
      };
      const last = `Other processes used ${disturbed} cores during the run.`;
      return { report, lines: [machineLine(on), ...tableOf(figures), last] };
    } finally {
      await installation.close();
    }
  },
};

async function measureAll(
  installation: BenchInstallation,
  reportProgress: (text: string) => void,
): Promise<Report> {
  const [calm, noisy] = [await openTenant(installation, "calm"), await openTenant(installation, "noisy")];
  reportProgress("  warm-up");
  await warmUp(installation, calm);
  const secondly = { account: calm, everyMs: 1_000, messagesAlone: 15 };
  const flood = (run: string) => ({
    account: noisy,
    messages: FLOOD,
    from: (n: number) => `${run}-${n}`,
  });
  reportProgress("  without fairness keys");
  const without = await measureNeighbours(installation, { calm: secondly, flood: flood("a"), fair: false });
  reportProgress("  with fairness keys");
  const withKeys = await measureNeighbours(installation, { calm: secondly, flood: flood("b"), fair: true });
  reportProgress("  the flood of one contact");
  const oneContact = await measureNeighbours(installation, {
    // That flood ends soon, because its messages join a few turns.
    calm: { account: noisy, everyMs: 150, messagesAlone: 40 },
    flood: { account: noisy, messages: FLOOD_OF_ONE, from: () => "one" },
    fair: true,
  });
  return {
    with_keys: withKeys,
    without_keys: without,
    p95_to_without_keys: Number((withKeys.during.p95_ms / without.during.p95_ms).toFixed(2)),
    one_contact: oneContact,
  };
}

async function warmUp(installation: BenchInstallation, account: ChannelAccount): Promise<void> {
  const ingress = openBenchIngress(installation, { fair: true });
  await Promise.all(
    Array.from({ length: WARM_UP }, async (_, n) => await ingress.sendMessage(account, `warm-${n}`)),
  );
  await eventually("the warm-up", async () => (await countOpen(installation.db)) === 0, WARM_WITHIN_MS);
  await ingress.close();
}

function tableOf({
  with_keys: fair,
  without_keys: unfair,
  p95_to_without_keys: gain,
  one_contact: one,
}: Report) {
  const row = (name: string, { messages, p50_ms: p50, p95_ms: p95, max_ms: max }: ReplyTimes) =>
    name.padEnd(42) + [messages, p50, p95, max].map((value) => String(value).padStart(9)).join("");
  return [
    `${"from a message to its delivered reply".padEnd(42)} messages   p50 ms   p95 ms   max ms`,
    row("calm tenant, alone", fair.alone),
    row("calm tenant, during the flood of the other", fair.during),
    row("the same without fairness keys", unfair.during),
    row("other contacts of a tenant, alone", one.alone),
    row("other contacts, during the flood of one", one.during),
    `p95 during the flood: ${fair.ratio} times alone (bar ${BARS.p95_to_alone_max}), ${gain} of the value without keys (bar ${BARS.p95_to_without_keys_max}); flood of one contact: ${one.ratio} times alone (bar ${BARS.p95_to_alone_max})`,
    `floods answered in ${[unfair, fair, one].map(({ flood }) => `${flood.answered_in_s} s (${flood.messages})`).join(", ")}`,
  ];
}
