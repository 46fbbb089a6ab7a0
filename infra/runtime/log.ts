import { type Logger, pino, stdTimeFunctions } from "pino";
import { createLogLines } from "./log-lines.ts";

export type Log = Logger;

const STDOUT = 1;

/** Keys that must never be printed. Message texts have no key here, because no caller passes one to a log. */
const REDACTED = [
  "secrets",
  "*.secrets",
  "authorization",
  "*.authorization",
  "headers",
  "*.headers",
  "params",
  "err.params",
  "err.query",
  "err.cause.parameters",
];

/** One JSON object per line on stdout: level, time, name, msg and ids. */
export function createLog({
  level,
  name,
  lines = createLogLines(STDOUT),
}: {
  level: string;
  name: string;
  lines?: { write(line: string): void };
}): Log {
  const options = {
    name,
    level,
    base: { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: "[redacted]" },
    serializers: { err: errorLine },
  };
  return pino(options, lines);
}

/** A database error contains its statement and values: the log gets only the kind of error and its code. */
function errorLine(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const cause = error.cause instanceof Error ? errorLine(error.cause) : undefined;
  const code = "code" in error ? error.code : undefined;
  const message = error.message.startsWith("Failed query") ? "a database statement failed" : error.message;
  return { type: error.name, message, code, stack: framesOf(error), cause };
}

function framesOf(error: Error): string[] {
  const lines = error.stack?.split("\n") ?? [];
  return lines
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6)
    .map((line) => line.trim());
}
