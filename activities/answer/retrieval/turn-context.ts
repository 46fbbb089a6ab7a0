import type { TranscriptLine } from "../../../db/conversations/transcript.ts";

export interface ContextPassage {
  id: string;
  title: string;
  heading: string;
  text: string;
}

/** All that the model may see of a turn, masked, and the masked values. Stored encrypted, never in Temporal. */
export interface TurnContext {
  businessName: string;
  /** The messages to answer, oldest first. */
  questions: string[];
  /** The texts before this turn, oldest first. */
  history: Pick<TranscriptLine, "role" | "text">[];
  passages: ContextPassage[];
  /** Each placeholder with its value. */
  placeholders: Record<string, string>;
  /** The tenant's own list of links that a reply may contain. */
  allowedLinks: string[];
  /** The country of phone numbers without a country code; null if it is not known. */
  phoneRegion: string | null;
  /** A random word that marks where a quoted passage begins and ends. No quoted text contains it. */
  delimiter: string;
  /** Paid for the search, where it had vectors. The completion of the first tier is booked with it. */
  embeddingUsd?: number;
  /** A random word of the instructions. A reply that contains it leaks the instructions. */
  canary: string;
}
