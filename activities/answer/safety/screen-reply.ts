import { findPlaceholders } from "./mask-pii.ts";
import { sanitiseReply } from "./sanitise-reply.ts";
import { undoDisguises, normalizeLetters } from "./text-disguises.ts";

export type ReplyVerdict =
  | { verdict: "pass" }
  | { verdict: "blocked"; reason: "canary" | "prompt_leak" | "secret" | "placeholder" | "empty" };

export interface ScreenReplyInput {
  reply: string;
  /** The random word of the instructions. */
  canary: string;
  /** The instructions, without the quoted passages. */
  systemPrompt: string;
  knownSecrets: readonly string[];
  /** The placeholders of this turn. */
  placeholders: Readonly<Record<string, string>>;
}

/** This many consecutive words of the instructions are not a coincidence. */
const LEAKED_WORDS = 9;
/** A shorter run of letters may occur by chance; a run without letters would occur in every reply. */
const MIN_LETTERS = 8;

/**
 * Blocks a reply with protected content, plain or in a disguise that a model can produce (base64, hex, reversed, spaced, rot13,
 * look-alike letters). It checks the reply, not the attack, so a model that obeys every attack still leaks nothing.
 */
export function screenReply({
  reply,
  canary,
  systemPrompt,
  knownSecrets,
  placeholders,
}: ScreenReplyInput): ReplyVerdict {
  if (reply.trim() === "") return { verdict: "blocked", reason: "empty" };
  // Also the sanitised form, in which tags and links between the letters are removed.
  const views = [reply, sanitiseReply(reply, {})].flatMap(undoDisguises);
  const holdsLetters = (needle: string) =>
    needle.length >= MIN_LETTERS && views.some((view) => view.includes(needle));
  const holds = (text: string) => holdsLetters(normalizeLetters(text));
  if (holds(canary)) return { verdict: "blocked", reason: "canary" };
  if (knownSecrets.some(holds)) return { verdict: "blocked", reason: "secret" };
  if (listWordRuns(systemPrompt).some(holdsLetters)) return { verdict: "blocked", reason: "prompt_leak" };
  // An unknown placeholder would be sent unchanged, and the contact would not understand it.
  if (findPlaceholders(reply).some((found) => !(found in placeholders)))
    return { verdict: "blocked", reason: "placeholder" };
  return { verdict: "pass" };
}

/** The letters of every run of `LEAKED_WORDS` words. */
function listWordRuns(text: string): string[] {
  const words = text.split(/\s+/u).filter((word) => word !== "");
  const letters = words.map(normalizeLetters);
  return letters
    .slice(0, Math.max(0, letters.length - LEAKED_WORDS + 1))
    .map((_, i) => letters.slice(i, i + LEAKED_WORDS).join(""));
}
