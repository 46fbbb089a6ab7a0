/** Shows the progress of a long command. Everything goes to stderr, because stdout is for results. */
export interface Progress {
  /** A new step. */
  step(text: string): void;
  /** Progress within the step: seconds or percent. */
  tick(text: string): void;
  /** A line that stays on the screen. */
  note(text: string): void;
  /** Removes the line of the last tick. */
  done(): void;
}

const TICK_EVERY_MS = 2_000;

/** Ticks rewrite one line of a terminal. Without a terminal they are plain lines, at most one every 2 s. */
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
