import { availableParallelism } from "node:os";
import { createThreadPool } from "../../../infra/runtime/thread-pool.ts";
import { prepareTexts, type PreparedTexts, type PrepareTextsInput } from "../prompts/prepare-texts.ts";
import { screenText, type ScreenedText, type ScreenTextInput } from "../safety/screen-text.ts";

/** Characters that stay on this thread: about 3 ms of masking and counting, as long as a hand-over to a thread that has to start. */
const INLINE_CHARACTERS = 2_000;
/** Far above the slowest text (0.2 s), and below the time limit of a short step. */
const TIMEOUT_MS = 6_000;

export interface TextTasks {
  prepareTexts(input: PrepareTextsInput): Promise<PreparedTexts>;
  screenText(input: ScreenTextInput): Promise<ScreenedText>;
  close(): Promise<void>;
}

/** The work on the texts of one turn. Long texts are worked on in threads, so that workflows and heartbeats do not wait for them. */
export function createTextTasks(): TextTasks {
  const pool = createThreadPool({
    file: new URL("text-thread.ts", import.meta.url),
    maxThreads: Math.max(1, availableParallelism() - 1),
    timeoutMs: TIMEOUT_MS,
  });
  return {
    async prepareTexts(input) {
      const texts = [...input.questions, ...input.history.map(({ text }) => text)];
      return countCharacters(texts) <= INLINE_CHARACTERS
        ? prepareTexts(input)
        : ((await pool.run("prepareTexts", input)) as PreparedTexts);
    },
    async screenText(input) {
      return input.reply.length <= INLINE_CHARACTERS
        ? screenText(input)
        : ((await pool.run("screenText", input)) as ScreenedText);
    },
    close: async () => await pool.close(),
  };
}

function countCharacters(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
