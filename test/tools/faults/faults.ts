import { parseArgs } from "node:util";
import { consoleProgress, type Progress } from "../../../infra/sandbox/progress.ts";
import type { Campaign, CampaignReport, Scale } from "./campaign.ts";
import { CAMPAIGNS } from "./campaigns/registry.ts";
import { EXPLORE_USAGE, runExplore } from "./explore/command.ts";
import { NotRun } from "./not-run.ts";
import { printRun } from "./report/print-run.ts";
import { type Run, summarise } from "./report/summarise.ts";
import { isShape, SHAPE_OPTION, type Shape } from "./shape.ts";

const NAMES = CAMPAIGNS.map(({ name }) => name);
const SEEDS = [1, 2, 3];
const USAGE = `Usage: npm run faults -- [full|short|${NAMES.join("|")}]… [--json] [--seed N]… [--scale short|full] ${SHAPE_OPTION}
       ${EXPLORE_USAGE}
Without a name: short, every campaign once with one seed. full: every campaign with the seeds ${SEEDS.join(", ")}.\n`;

const [command, ...rest] = process.argv.slice(2);
if (command === "explore") process.exit(await runExplore(rest, consoleProgress()));
const chosen = choose(process.argv.slice(2));
if (chosen === null) {
  process.stderr.write(USAGE);
  process.exit(2);
}
const progress = consoleProgress();
const runs: Run[] = [];
for (const seed of chosen.seeds)
  for (const campaign of chosen.campaigns)
    runs.push(await run(campaign, { seed, ...chosen.options, progress }));
const notChosen = NAMES.filter((name) => !chosen.campaigns.some((campaign) => campaign.name === name));
const summary = summarise(runs, { notChosen, scale: chosen.options.scale });
process.stdout.write(chosen.json ? `${JSON.stringify(summary)}\n` : printRun(summary));
process.exit(summary.ok ? 0 : 1);

/** An error in one campaign makes the run fail; the other campaigns still run. */
async function run(
  campaign: Campaign,
  options: { seed: number; scale: Scale; shape: Shape | undefined; progress: Progress },
): Promise<Run> {
  const { name, description } = campaign;
  const shape = options.shape ?? campaign.shape ?? "shipped";
  progress.step(`Campaign ${name}, seed ${options.seed}, ${shape}: ${description}`);
  try {
    const report = await campaign.run({ ...options, shape });
    progress.note(`  ${verdictOf(report)}`);
    return { kind: "run", report };
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    progress.note(`  ${error instanceof NotRun ? `not run: ${error.message}` : reason}`);
    if (error instanceof NotRun)
      return { kind: "not_run", campaign: name, seed: options.seed, reason: error.message };
    return { kind: "broken", campaign: name, seed: options.seed, reason };
  }
}

function verdictOf({
  ok,
  messages_acknowledged: accepted,
  faults_fired: fired,
  duration_s: took,
}: CampaignReport): string {
  const faults = Object.values(fired).reduce((sum, times) => sum + times, 0);
  return `${ok ? "passed" : "did NOT pass"}: ${accepted} messages, ${faults} faults, ${took} s`;
}

/** Returns null when the arguments are wrong. */
function choose(args: string[]) {
  const parsed = parse(args);
  if (parsed === null) return null;
  const { positionals, values } = parsed;
  const names = positionals.length === 0 ? ["short"] : positionals;
  if (!names.every((name) => ["full", "short", ...NAMES].includes(name))) return null;
  const isWhole = names.includes("full") || names.includes("short");
  const scale = scaleOf(values.scale ?? (names.includes("short") ? "short" : "full"));
  const seeds = (values.seed ?? (scale === "full" ? SEEDS.map(String) : ["1"])).map(Number);
  const { shape } = values;
  if (shape !== undefined && !isShape(shape)) return null;
  if (scale === null || !seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)) return null;
  const campaigns = CAMPAIGNS.filter(({ name }) => isWhole || names.includes(name));
  return { campaigns, options: { scale, shape }, seeds, json: values.json };
}

function scaleOf(text: string): Scale | null {
  return text === "short" || text === "full" ? text : null;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        json: { type: "boolean", default: false },
        seed: { type: "string", multiple: true },
        scale: { type: "string" },
        shape: { type: "string" },
      },
      allowPositionals: true,
    });
  } catch {
    return null;
  }
}
