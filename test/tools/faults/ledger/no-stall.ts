import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { EVENT_LOOP_STALLED_MESSAGE } from "../../../../infra/runtime/log-messages.ts";
import type { Verdict } from "../campaign.ts";
import { judge } from "./judge.ts";
import type { Ledger, Stall } from "./ledger.ts";

/** A stall counts by the CPU time of the main thread: a frozen process uses none of it. */
const LIMIT_MS = 100;
/**
 * A process that got no core finds the events of all that time at once, so their sum can pass the limit. With less than this share of the
 * time, only a stall of twice the limit counts.
 */
const OWN_SHARE = 0.5;

const LINE = z.object({
  msg: z.literal(EVENT_LOOP_STALLED_MESSAGE),
  time: z.string(),
  duration_ms: z.number(),
  cpu_ms: z.number(),
  steps: z.array(z.string()),
});

/** Reads the stalls that the processes have logged themselves. */
export function readStalls(logs: string): Stall[] {
  const files = readdirSync(logs).filter((file) => file.endsWith(".log"));
  return files.flatMap((file) =>
    readFileSync(join(logs, file), "utf8")
      .split("\n")
      .filter((line) => line.includes(EVENT_LOOP_STALLED_MESSAGE))
      .flatMap((line) => toStall(basename(file, ".log"), line)),
  );
}

function toStall(name: string, line: string): Stall[] {
  const parsed = LINE.safeParse(parseJson(line));
  if (!parsed.success) return [];
  const { time, duration_ms: durationMs, cpu_ms: cpuMs, steps } = parsed.data;
  return [{ process: name, at: Date.parse(time), durationMs, cpuMs, steps }];
}

/** A killed process can leave half a line. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** No event loop is blocked for more than 100 ms because of its own work. */
export function noStall(ledger: Ledger): Verdict {
  const { checked: _all, ...verdict } = judge(ledger.stalls, (stall) => {
    const hadCore = stall.cpuMs >= stall.durationMs * OWN_SHARE;
    if (stall.cpuMs <= (hadCore ? LIMIT_MS : LIMIT_MS * 2)) return null;
    const cause = [...stall.steps, ...inputsDuring(stall, ledger)].join(", ");
    return `${stall.process} was blocked for ${stall.durationMs} ms (${stall.cpuMs} ms CPU) at ${new Date(stall.at).toISOString()}: ${cause || "no step ran"}`;
  });
  // Each message can block every process.
  return { ...verdict, checked: ledger.offered.length };
}

const LONG_TEXT = 1_000;

/** Only long texts: a hundred short messages explain nothing. */
function inputsDuring({ at, durationMs }: Stall, { offered }: Ledger): string[] {
  return offered
    .filter(
      ({ text, attempts }) =>
        text.length > LONG_TEXT &&
        attempts.some((attempt) => attempt.at > at - durationMs - 30_000 && attempt.at < at),
    )
    .map(({ channel, text }) => `a ${channel} text of ${text.length} characters`);
}
