import { FAILPOINT_NAMES, FAILPOINTS, type Failpoint } from "../../../../../infra/runtime/failpoint.ts";
import type { Cell } from "./cells.ts";
import { isAtCall, PROBE_CHANNELS, POINTS, processAt, type Victim, VICTIMS } from "./points.ts";
import { type Shape, SHAPES } from "../../shape.ts";

/** Formats the results as the page docs/crash-matrix.md. */
export function crashMatrix(cells: readonly Cell[], commit: string): string {
  const seeds = [...new Set(cells.map(({ seed }) => seed))].toSorted((a, b) => a - b);
  const rounds = cells.length / PROBE_CHANNELS.length;
  const places = FAILPOINT_NAMES.flatMap((point) => shapesAt(point).map((shape) => ({ point, shape })));
  const rows = places.flatMap((place) => VICTIMS.map((victim) => row({ ...place, victim }, cells)));
  return `# Crash matrix

This page shows how many replies a contact gets when a process dies at a critical point. A message passes ${FAILPOINT_NAMES.length} points. At each point, one
contact on each kind of channel waits while the process at the point, the Temporal server or the PostgreSQL server is killed (kill -9).
After the recovery, the replies are counted at the channel.

This page is written by \`UPDATE_CRASH_MATRIX=1 npm run faults -- crash-points\`; \`npm run faults -- crash-points --seed 1\` checks it without
writing. Run at commit ${commit} with the seeds ${seeds.join(", ")}: ${rounds} kills, ${cells.length} cells, ${sum(cells, "messages")} messages, ${sum(cells, "lost")} lost, ${cells.filter(({ owed, visible }) => visible > owed).length} cells with a second reply.

The seed decides when each contact writes, how long the victim is down, and whether the processes at the point continue while the server
is down or after its restart. A point counts as reached only when the process has written so to disk and has ended afterwards.

The processes are those of \`docker-compose.yml\`: one worker for messages and model calls, which makes a call inside the workflow task. The
two points of a model call also have rows for a separate model worker, the process \`model\`, in which a call is a normal activity.
\`PARLEY_MODEL_CALL_PLACE\` is \`local\` for all of these runs. With \`auto\`, the setting of \`docker-compose.yml\`, a slow call goes over the main queue to
the same worker; no row is about that.

## The points

\`infra/runtime/failpoint.ts\` has one function, which is called at each of these points and does nothing unless \`PARLEY_FAILPOINT\` is set.
This is a setting for tests only: \`.env.example\` does not have it, and a process in production refuses to start with it.

${table(
  ["point", "process", "state at the point", "file", "when the process dies there"],
  places.map(({ point, shape }) => {
    const { file, consequence, separateConsequence } = POINTS[point];
    const inShape = shape === "shipped" ? consequence : (separateConsequence ?? consequence);
    return [point, processAt(point, shape), FAILPOINTS[point], `\`${file}\``, inShape];
  }),
)}

## Replies that contacts got

Replies for each message of a contact, minimum to maximum over the seeds. At \`after_last_turn\` each contact writes four times, at all other points once.
Odd seeds have \`supersede: regenerate\`: there, one reply can answer several messages, so it counts for each turn.

${table(
  [
    "point",
    "killed",
    ...PROBE_CHANNELS.map(({ channel, recovery }) => `${channel} (${recovery})`),
    "lost",
    "meaning",
  ],
  rows,
)}

The \`deliveryClass\` of a channel decides how a send with a lost response is recovered. A webhook is sent again, and the receiver drops a
repeated \`webhook-id\`. Twilio is asked which messages it has. Telegram supports neither, so the send is not repeated, and the delivery
stays \`unknown\`, where an operator sees it.
`;
}

/** The shapes with rows of their own. */
function shapesAt(point: Failpoint): readonly Shape[] {
  return isAtCall(point) ? SHAPES : ["shipped"];
}

interface Place {
  point: Failpoint;
  shape: Shape;
  victim: Victim;
}

function row({ point, shape, victim }: Place, cells: readonly Cell[]): string[] {
  const isHere = (cell: Cell) =>
    cell.points.includes(point) && cell.victim === victim && (!isAtCall(point) || cell.shape === shape);
  const here = cells.filter(isHere);
  const seen = PROBE_CHANNELS.map(({ channel }) => range(here.filter((cell) => cell.channel === channel)));
  const killed = victim === "own" ? processAt(point, shape) : victim;
  return [
    point,
    victim !== "own" && isAtCall(point) ? `${killed}, call in ${processAt(point, shape)}` : killed,
    ...seen,
    String(sum(here, "lost")),
    meaning(here),
  ];
}

function range(cells: readonly Cell[]): string {
  if (cells.length === 0) return "not run";
  const shares = cells.map(({ visible, owed }) => visible / owed);
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  const unknown = cells.some(({ unknown: open }) => open > 0) ? ", `unknown`" : "";
  return `${least === most ? least : `${least}-${most}`}${unknown}`;
}

function meaning(cells: readonly Cell[]): string {
  if (cells.length === 0) return "not run";
  const twice = cells.some(({ visible, owed }) => visible > owed);
  const never = cells.some(({ visible, owed }) => visible < owed);
  const open = cells.some(({ unknown }) => unknown > 0);
  if (twice) return "A contact gets two replies.";
  if (never && open)
    return "Answered once, or not at all when it is unknown whether the send has left; an operator sees it.";
  if (never) return "A contact gets no reply.";
  return open ? "Answered once; an operator sees that one send was not confirmed." : "Answered once.";
}

function sum(cells: readonly Cell[], field: "messages" | "lost"): number {
  return cells.reduce((total, cell) => total + cell[field], 0);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
