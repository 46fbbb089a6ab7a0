import { setTimeout as sleep } from "node:timers/promises";
import type { Campaign, Scale } from "../campaign.ts";
import { awaitWorkers } from "../environment/await-pollers.ts";
import type { Direction, NetworkCut } from "../environment/network-namespace.ts";
import { openSeparateMachine, type SeparateMachine } from "../environment/separate-machine.ts";
import { replyTimeFigures } from "../ledger/reply-times.ts";
import { type FaultTime, recoveryTimes } from "../ledger/recovery-times.ts";
import { planMessages } from "../load/message-plan.ts";
import type { FaultSandbox } from "../open-fault-sandbox.ts";
import { type CampaignContext, runUnderLoad } from "../run-under-load.ts";
import { secondWorkersOf, workersOf } from "../shape.ts";

interface Size {
  messagesPerCut: number;
  partitionMs: number;
  directions: readonly Direction[];
}

const SIZES: Readonly<Record<Scale, Size>> = {
  short: { messagesPerCut: 12, partitionMs: 6_000, directions: ["both"] },
  full: { messagesPerCut: 40, partitionMs: 20_000, directions: ["requests", "replies", "both"] },
};
/** A quiet connection sends nothing for up to 30 s, until its keep-alive. Such a cut goes on until it has dropped a packet. */
const QUIET_MS = 35_000;
/** The time for reconnects after a heal. */
const BREATH_MS = 4_000;
/** Signed webhooks have their own schedule: the third attempt comes after 5 min. */
const THIRD_ATTEMPT_MS = 300_000;
const CHANNELS = ["webhook", "twilio-sms", "telegram", "slack"] as const;
const CHANNEL_VENDORS = ["twilio", "sink", "telegram", "slack"] as const;

type MachineName = "ingress" | "worker";

/** A network path that loses all packets. */
interface Edge {
  from: MachineName;
  to: string;
  ports(faultSandbox: FaultSandbox): number[];
  /** True if the response of a send, or its record, can be lost there. */
  losesResponses?: true;
}

const EDGES: readonly Edge[] = [
  { from: "ingress", to: "temporal", ports: ({ config }) => [portOf(`tcp://${config.TEMPORAL_ADDRESS}`)] },
  {
    from: "worker",
    to: "temporal",
    ports: ({ config }) => [portOf(`tcp://${config.TEMPORAL_ADDRESS}`)],
    losesResponses: true,
  },
  {
    from: "worker",
    to: "postgres",
    ports: ({ config }) => [portOf(config.DATABASE_URL)],
    losesResponses: true,
  },
  { from: "worker", to: "redis", ports: ({ config }) => [portOf(config.REDIS_URL ?? "")] },
  { from: "worker", to: "openai", ports: ({ sandbox }) => [portOf(sandbox.urls.openai)] },
  {
    from: "worker",
    to: "channels",
    ports: ({ sandbox }) => CHANNEL_VENDORS.map((name) => portOf(sandbox.urls[name])),
    losesResponses: true,
  },
];

/** Ingress and one of two workers run in their own networks, and the paths to their servers lose packets in one or both directions. */
export const partitions: Campaign = {
  name: "partitions",
  description:
    "packets between ingress, worker and each server are lost in one or both directions, in network namespaces; about 8 minutes a seed",
  async run(options) {
    const size = SIZES[options.scale];
    const faultTimes: FaultTime[] = [];
    const machines = new Map<MachineName, SeparateMachine>();
    try {
      return await runUnderLoad(options, {
        campaign: "partitions",
        processes: [],
        async load(context) {
          await move(context, machines);
          const cuts = EDGES.length * size.directions.length;
          const plan = {
            messages: cuts * size.messagesPerCut,
            durationMs: cuts * (size.partitionMs + BREATH_MS),
          };
          const random = context.random.fork("load");
          const load = context.loader.offer(planMessages({ ...plan, random, channels: CHANNELS }));
          await cutInTurn(context, { machines, size, firedAt: faultTimes });
          await load;
          // A cut that waited for a packet may have ended after the load, and its recovery is measured by a reply.
          const after = { messages: CHANNELS.length, durationMs: 1_000, from: plan.messages };
          await context.loader.offer(planMessages({ ...after, random, channels: CHANNELS }));
        },
        injectFaults: async () => undefined,
        settleWithinMs: THIRD_ATTEMPT_MS + 60_000,
        figures: (ledger) => [...recoveryTimes(ledger, faultTimes), ...replyTimeFigures(ledger)],
      });
    } finally {
      await Promise.all([...machines.values()].map((machine) => machine.close()));
    }
  },
};

/** One network for the ingress and one for the workers. Second workers in the network of the host take over. */
async function move(
  { faultSandbox, temporal, progress, shape }: CampaignContext,
  machines: Map<MachineName, SeparateMachine>,
): Promise<void> {
  const ports = [
    ...new Set([
      ...EDGES.flatMap((edge) => edge.ports(faultSandbox)),
      portOf(faultSandbox.sandbox.urls.pinecone),
    ]),
  ];
  for (const name of ["ingress", "worker"] as const)
    machines.set(name, await openSeparateMachine(ports, progress));
  const ingress = machineOf(machines, "ingress");
  const port = faultSandbox.config.PORT;
  await ingress.expose(port);
  const env = { HOST: ingress.address, PUBLIC_BASE_URL: faultSandbox.config.PUBLIC_BASE_URL };
  await faultSandbox.startProcess({ name: "api", args: ["api"], env, commandPrefix: ingress.enter });
  const { enter: commandPrefix } = machineOf(machines, "worker");
  for (const worker of workersOf(shape)) await faultSandbox.startProcess({ ...worker, commandPrefix });
  for (const worker of secondWorkersOf(shape)) await faultSandbox.startProcess(worker);
  await awaitWorkers(faultSandbox, temporal, 2);
}

interface CutPlan {
  machines: Map<MachineName, SeparateMachine>;
  size: Size;
  firedAt: FaultTime[];
}

async function cutInTurn(context: CampaignContext, { machines, size, firedAt }: CutPlan): Promise<void> {
  const { faults, faultSandbox, progress } = context;
  const plan = EDGES.flatMap((edge) => size.directions.map((direction) => ({ edge, direction })));
  const named = plan.map((each) => ({
    ...each,
    kind: `${each.edge.from}-${each.edge.to} ${each.direction}`,
  }));
  for (const { kind } of named) faults.plan(kind);
  for (const { edge, direction, kind } of context.random.fork("cuts").shuffle(named)) {
    progress.tick(`  partitions: ${kind} for ${size.partitionMs / 1000} s`);
    const from = Date.now();
    const cut = await machineOf(machines, edge.from).cut(edge.ports(faultSandbox), direction);
    await sleep(size.partitionMs);
    await awaitDrop(cut);
    await cut.heal();
    if (edge.losesResponses === true) context.ambiguousTimes.add({ from, until: Date.now() });
    firedAt.push({ kind: `heal_of_${edge.from}_${edge.to}`, at: Date.now() });
    faults.fired(kind, (await cut.dropped()) > 0 ? 1 : 0);
    await sleep(BREATH_MS);
  }
}

async function awaitDrop(cut: NetworkCut): Promise<void> {
  const until = Date.now() + QUIET_MS;
  while ((await cut.dropped()) === 0 && Date.now() < until) await sleep(500);
}

function machineOf(machines: Map<MachineName, SeparateMachine>, name: MachineName): SeparateMachine {
  const machine = machines.get(name);
  if (machine === undefined) throw new Error(`No machine is named ${name}.`);
  return machine;
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
