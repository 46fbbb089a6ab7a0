import { findPlaceholders } from "./mask-pii.ts";
import { sanitiseReply } from "./sanitise-reply.ts";
import { undoDisguises, normalizeLetters } from "./text-disguises.ts";

export type ReplyVerdict =
  | { verdict: "pass" }
  | { verdict: "blocked"; reason: "canary" | "prompt_leak" | "secret" | "placeholder" | "empty" };

export interface ScreenReplyInput {
  reply: string;
  /** The word that only the instructions hold. */
  canary: string;
  /** The instructions, without the quoted passages. */
  systemPrompt: string;
  knownSecrets: readonly string[];
  /** The placeholders that this turn made. */
  placeholders: Readonly<Record<string, string>>;
}

/** This many words of the instructions in a row are no coincidence. */
const LEAKED_WORDS = 9;
/** A row of dashes has no letters at all and would be found in every reply; so few letters are found by chance. */
const MIN_LETTERS = 8;

/**
 * What a reply must not hold, in plain or in the disguises a model can be talked into (base64, hex, reversed, spaced, rot13,
 * look-alike letters). It asks what the text is, not what the attack was: a model that obeys every attack still leaks nothing.
 */
export function screenReply({
  reply,
  canary,
  systemPrompt,
  knownSecrets,
  placeholders,
}: ScreenReplyInput): ReplyVerdict {
  if (reply.trim() === "") return { verdict: "blocked", reason: "empty" };
  // Also as it will go out: tags and links between its letters are taken away after this screen.
  const views = [reply, sanitiseReply(reply, { allowedHosts: [] })].flatMap(undoDisguises);
  const holds = (text: string) => {
    const needle = normalizeLetters(text);
    return needle.length >= MIN_LETTERS && views.some((view) => view.includes(needle));
  };
  if (holds(canary)) return { verdict: "blocked", reason: "canary" };
  if (knownSecrets.some(holds)) return { verdict: "blocked", reason: "secret" };
  if (listWordRuns(systemPrompt).some(holds)) return { verdict: "blocked", reason: "prompt_leak" };
  // One that the turn never made would go out as it stands, and means nothing to a person.
  if (findPlaceholders(reply).some((found) => !(found in placeholders)))
    return { verdict: "blocked", reason: "placeholder" };
  return { verdict: "pass" };
}

/** Every run of so many words of the instructions, as letters alone. */
function listWordRuns(text: string): string[] {
  const words = text.split(/\s+/u).filter((word) => word !== "");
  return words
    .slice(0, Math.max(0, words.length - LEAKED_WORDS + 1))
    .map((_, i) => words.slice(i, i + LEAKED_WORDS).join(" "));
}
