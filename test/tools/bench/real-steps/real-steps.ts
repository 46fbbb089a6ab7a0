import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { createRevisionChart } from "../charts/revision-chart.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { openTemporal } from "../pipeline/servers/open-temporal.ts";
import { openRevision, type RevisionOptions } from "./open-revision.ts";
import { openMeter, type RevisionMeter, type RevisionRound } from "./measure-revision.ts";
import { type RevisionFigures, summarizeRounds, formatRevision } from "./revision-figures.ts";

export const ROOT = fileURLToPath(new URL("../../../..", import.meta.url)).replace(/\/$/, "");

export interface RealPace {
  rounds: number;
  atOnce: number;
  paced: number;
  /** Answered messages of each known contact before the first round. */
  history: number;
}

export const WHOLE: RealPace = { rounds: 4, atOnce: 120, paced: 24, history: 3 };
export const QUICK: RealPace = { rounds: 1, atOnce: 10, paced: 4, history: 1 };
const PACED_PER_S = 4;

/** A variant is one installation of the product; `contacts` are the authors of its messages. */
interface Variant extends Pick<RevisionOptions, "shape"> {
  contacts: "known" | "new";
  listens: boolean;
}

const VARIANTS = {
  apart_known: { shape: "apart", contacts: "known", listens: false },
  apart_new: { shape: "apart", contacts: "new", listens: false },
  apart_events: { shape: "apart", contacts: "known", listens: true },
  eager_known: { shape: "eager", contacts: "known", listens: false },
} as const satisfies Readonly<Record<string, Variant>>;
type VariantName = keyof typeof VARIANTS;
const VARIANT_NAMES = Object.keys(VARIANTS) as VariantName[];

/** The product itself with real servers, fakes for the vendors, documents and history. */
export const realSteps: Benchmark = {
  name: "real-steps",
  parts: VARIANT_NAMES,
  description:
    "the product with documents and history: ingress apart or in one process, new contacts, an endpoint for events; about 8 minutes",
  async measure({ sandbox, progress, quick, server, only }: BenchOptions) {
    const temporal = await openTemporal(sandbox, { server, progress });
    const own = { ...sandbox, env: { ...sandbox.env, TEMPORAL_ADDRESS: temporal.address } };
    const pace = quick ? QUICK : WHOLE;
    const listener = await openListener();
    const variants: Record<string, RevisionFigures> = {};
    for (const name of VARIANT_NAMES.filter((each) => only === null || only.has(each))) {
      const { shape, contacts, listens } = VARIANTS[name];
      progress.tick(`  ${name}: start`);
      const eventsUrl = listens ? listener.url : null;
      const revision = await openRevision(own, { name, root: ROOT, shape, eventsUrl });
      const meter = openMeter({ sandbox: own, temporal: temporal.service, revision });
      const authors = createAuthors(name, contacts);
      await warmUp(meter, { authors, pace });
      const rounds: RevisionRound[] = [];
      for (let round = 1; round <= pace.rounds; round++) {
        progress.tick(`  ${name}: round ${round} of ${pace.rounds}`);
        rounds.push(await measureOne(meter, { authors, pace }));
      }
      await revision.close();
      variants[name] = summarizeRounds(rounds);
    }
    listener.close();
    const report = {
      // The comparison with another revision has the bars.
      ok: true,
      bench: "real-steps",
      machine: machine(sandbox),
      temporal_server: temporal.about,
      events_received: listener.count(),
      variants,
    };
    await temporal.close();
    const lines = Object.entries(variants).map(([name, figures]) => formatRevision(name, figures));
    const charts = [createRevisionChart("real-steps", "CPU-ms of a message, real steps", variants)];
    return { report, charts, lines: [machineLine(report.machine), `Temporal: ${temporal.about}`, ...lines] };
  },
};

/** Known contacts write in each round; new ones never twice. */
export function createAuthors(prefix: string, contacts: "known" | "new"): (count: number) => string[] {
  let next = 0;
  return (count) =>
    Array.from({ length: count }, (_, n) => `${prefix}-${contacts}-${contacts === "known" ? n : next++}`);
}

interface Measuring {
  authors: (count: number) => string[];
  pace: RealPace;
}

export async function warmUp(meter: RevisionMeter, { authors, pace }: Measuring): Promise<void> {
  for (let turn = 0; turn < pace.history; turn++) await meter.warmUp(authors(pace.atOnce));
  await meter.watchIdle();
}

export async function measureOne(meter: RevisionMeter, { authors, pace }: Measuring): Promise<RevisionRound> {
  return await meter.measureRound({
    atOnce: authors(pace.atOnce),
    paced: authors(pace.paced),
    pacedPerS: PACED_PER_S,
  });
}

/** A system of the tenant that accepts every event. */
async function openListener() {
  let received = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      received++;
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/events`,
    count: () => received,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
