import { availableParallelism } from "node:os";
import { createThreadPool } from "../../../infra/runtime/thread-pool.ts";
import { prepareTexts, type PreparedTexts, type PrepareTextsInput } from "../prompts/prepare-texts.ts";
import type { TurnContext } from "../retrieval/turn-context.ts";
import { screenText, type ScreenedText, type ScreenTextInput } from "../safety/screen-text.ts";

/** Characters that stay on this thread: about 3 ms of masking and counting, as long as a hand-over to a thread that has to start. */
const INLINE_CHARACTERS = 2_000;
/** Far above the slowest text (0.2 s), and below the time limit of a short step. */
const TIMEOUT_MS = 6_000;

/** A text with a detail or a link of each common kind, each of which has patterns of its own. */
const SAMPLE =
  "Order 1001: call (212) 555-0100 or write to jo@example.com. Card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00. " +
  "See [the page](https://example.com/a) or www.example.org.";
const SAMPLE_CONTEXT: TurnContext = {
  businessName: "Sample",
  questions: [],
  history: [],
  passages: [{ id: "1", title: "Sample", heading: "", text: "https://example.com/a" }],
  placeholders: {},
  allowedLinks: ["example.org"],
  phoneRegion: "US",
  delimiter: "sample-delimiter",
  canary: "sample-canary",
};

export interface TextTasks {
  prepareTexts(input: PrepareTextsInput): Promise<PreparedTexts>;
  screenText(input: ScreenTextInput): Promise<ScreenedText>;
  /** Compiles the patterns and makes the tokenizer, which takes 0.14 s of CPU time. Without it, the first turns would wait for that. */
  warmUp(): void;
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
    warmUp() {
      const { questions, placeholders } = prepareTexts({
        phoneRegion: "US",
        questions: [SAMPLE],
        history: [],
      });
      screenText({
        reply: SAMPLE,
        context: { ...SAMPLE_CONTEXT, questions, placeholders },
        knownSecrets: [],
        notation: "plain",
      });
    },
    close: async () => await pool.close(),
  };
}

function countCharacters(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
