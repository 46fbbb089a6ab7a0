import { FAILPOINT_NAMES, FAILPOINTS, type Failpoint } from "../../../../../infra/runtime/failpoint.ts";
import type { Cell } from "./cells.ts";
import { PROBE_CHANNELS, POINTS, type Victim, VICTIMS } from "./points.ts";

/** The page docs/crash-matrix.md, from what was run. */
export function crashMatrix(cells: readonly Cell[], commit: string): string {
  const seeds = [...new Set(cells.map(({ seed }) => seed))].toSorted((a, b) => a - b);
  const rounds = cells.length / PROBE_CHANNELS.length;
  const rows = FAILPOINT_NAMES.flatMap((point) => VICTIMS.map((victim) => row({ point, victim }, cells)));
  return `# Crash matrix

What a person sees when a process dies at the worst moment. Sixteen moments of a message's way, at each of them the process that comes
by there killed (kill -9), the Temporal server killed, and the PostgreSQL server killed, while one person on each kind of channel stands
exactly there. Everything was healed; then the messages were counted where they arrived: at the channel.

This page is written by \`UPDATE_CRASH_MATRIX=1 npm run faults -- crash-points\`; \`npm run faults -- crash-points --seed 1\` checks it without
writing. Run at commit ${commit} with the seeds ${seeds.join(", ")}: ${rounds} kills, ${cells.length} cells, ${sum(cells, "messages")} messages, ${sum(cells, "lost")} lost, ${cells.filter(({ messages, visible }) => visible > messages).length} cells with a second answer.

The seed decides when each person writes, how long the victim is away, and whether those who stand at the point go on while a server is
away or when it is back. A point counts as reached only where the process itself wrote so (on disk) and was gone afterwards.

## The points

\`infra/runtime/failpoint.ts\` is one function, named once at each of these places, and does nothing unless \`PARLEY_FAILPOINT\` is set. It is
no setting of a server: \`.env.example\` does not have it, and a process in production refuses to start with it.

${table(
  ["point", "process", "moment", "place", "when that process dies there"],
  FAILPOINT_NAMES.map((point) => {
    const { process, file, consequence } = POINTS[point];
    return [point, process, FAILPOINTS[point], `\`${file}\``, consequence];
  }),
)}

## What people saw

Messages that a person saw for each one they wrote, least to most over the seeds. At \`after_last_turn\` each person writes four times; everywhere else once.

${table(
  ["point", "killed", ...PROBE_CHANNELS.map(({ channel, is }) => `${channel} (${is})`), "lost", "this means"],
  rows,
)}

What a channel promises is its \`deliveryClass\`: a repeated \`webhook-id\` is dropped by the receiver; Twilio is asked which messages it has;
Telegram can do neither, so a send that may have left is not repeated. Such a delivery stands as \`unknown\`, counted and visible.
`;
}

function row({ point, victim }: { point: Failpoint; victim: Victim }, cells: readonly Cell[]): string[] {
  const here = cells.filter(({ points, victim: fell }) => points.includes(point) && fell === victim);
  const seen = PROBE_CHANNELS.map(({ channel }) => range(here.filter((cell) => cell.channel === channel)));
  return [
    point,
    victim === "own" ? POINTS[point].process : victim,
    ...seen,
    String(sum(here, "lost")),
    meaning(here),
  ];
}

function range(cells: readonly Cell[]): string {
  if (cells.length === 0) return "not run";
  const shares = cells.map(({ visible, messages }) => visible / messages);
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  const unknown = cells.some(({ unknown: open }) => open > 0) ? ", `unknown`" : "";
  return `${least === most ? least : `${least}-${most}`}${unknown}`;
}

function meaning(cells: readonly Cell[]): string {
  if (cells.length === 0) return "not run";
  const twice = cells.some(({ visible, messages }) => visible > messages);
  const never = cells.some(({ visible, messages }) => visible < messages);
  const open = cells.some(({ unknown }) => unknown > 0);
  if (twice) return "Somebody is answered twice.";
  if (never && open)
    return "Answered once, or not at all where nobody can say whether the send had left; an operator sees it.";
  if (never) return "Somebody is not answered.";
  return open ? "Answered once; an operator sees that one send was not confirmed." : "Answered once.";
}

function sum(cells: readonly Cell[], field: "messages" | "lost"): number {
  return cells.reduce((total, cell) => total + cell[field], 0);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
