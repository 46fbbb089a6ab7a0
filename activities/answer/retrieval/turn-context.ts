import type { TranscriptLine } from "../../../db/conversations/transcript.ts";

export interface ContextPassage {
  id: string;
  title: string;
  heading: string;
  text: string;
}

/** Everything the model may see of a turn, masked, plus what is needed to undo the masks. Stored encrypted, never in Temporal. */
export interface TurnContext {
  businessName: string;
  /** The messages to answer, oldest first. */
  questions: string[];
  /** What was said before, oldest first. */
  history: Pick<TranscriptLine, "role" | "text">[];
  passages: ContextPassage[];
  /** Placeholder to the value it stands for. */
  placeholders: Record<string, string>;
  /** A word that no reply may contain: the instructions hold it, and nobody else knows it. */
  canary: string;
}
