import type { TranscriptLine } from "../../../db/conversations/transcript.ts";
import { createMasker } from "../safety/mask-pii.ts";
import { fitHistory, fitQuestions, limitHistory, limitQuestions } from "./fit-context.ts";

type Line = Pick<TranscriptLine, "role" | "text">;

export interface PrepareTextsInput {
  /** The country of phone numbers without a country code; null if it is not known. */
  phoneRegion: string | null;
  questions: string[];
  /** The lines before the questions, oldest first. */
  history: Line[];
}

export interface PreparedTexts {
  questions: string[];
  /** Questions without their beginning. */
  shortened: number;
  history: Line[];
  /** Lines of the history that did not fit. */
  dropped: number;
  /** The whole questions, masked, for the search. */
  query: string;
  placeholders: Record<string, string>;
}

/**
 * The texts of a turn as the model may see them: cut to what can fit, masked, then cut to their tokens. Masking comes before anything is
 * sent, because the search sends the text to the embedding model of a vendor.
 */
export function prepareTexts({ phoneRegion, questions, history }: PrepareTextsInput): PreparedTexts {
  const masking = createMasker().start({ phoneRegion });
  const limited = limitQuestions(questions);
  const recent = limitHistory(history);
  const masked = limited.questions.map((text) => masking.mask(text));
  const fitted = fitQuestions(masked);
  const lines = fitHistory(recent.lines.map(({ role, text }) => ({ role, text: masking.mask(text) })));
  return {
    questions: fitted.questions,
    shortened: fitted.questions.filter((text, i) => limited.isCut[i] === true || text !== masked[i]).length,
    history: lines.lines,
    dropped: recent.dropped + lines.dropped,
    query: masked.join("\n"),
    placeholders: masking.placeholders(),
  };
}
