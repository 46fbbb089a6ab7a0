/** Tells a waiting person what is being done. Everything goes to stderr: stdout belongs to results. */
export interface Progress {
  /** A step begins. */
  step(text: string): void;
  /** The current step goes on: seconds passed, percent done. */
  tick(text: string): void;
  /** A fact worth keeping on the screen. */
  note(text: string): void;
  /** Ends whatever line is being rewritten. */
  done(): void;
}

const TICK_EVERY_MS = 2_000;

/** One line that rewrites itself where there is a terminal, plain lines where not (ticks then at most every 2 s). */
export function consoleProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let open = false;
  let lastTick = 0;
  const line = (text: string) => {
    if (open) stream.write("\r\x1b[2K");
    open = false;
    stream.write(`${text}\n`);
  };
  return {
    step: (text) => line(text),
    note: (text) => line(text),
    tick(text) {
      if (stream.isTTY) {
        stream.write(`\r\x1b[2K${text.slice(0, (stream.columns || 80) - 1)}`);
        open = true;
      } else if (Date.now() - lastTick >= TICK_EVERY_MS) {
        lastTick = Date.now();
        stream.write(`${text}\n`);
      }
    },
    done() {
      if (open) stream.write("\r\x1b[2K");
      open = false;
    },
  };
}

export const silentProgress: Progress = { step() {}, tick() {}, note() {}, done() {} };
