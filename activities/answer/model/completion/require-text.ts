import { createUnusableCompletion } from "../model-failure.ts";
import { cutHiddenText } from "./cut-hidden-text.ts";

/** Many times the tokens that are asked for. Such a text takes seconds to screen, and no contact reads it. */
const MAX_TEXT = 16_000;

/** The text for the contact. Thinking and calls of tools are cut before the completion counts as usable. */
export function requireText(text: string): string {
  const visible = cutHiddenText(text);
  if (visible === "")
    throw createUnusableCompletion(
      text.trim() === "" ? "The completion is empty." : "The completion holds no text for the contact.",
    );
  if (visible.length > MAX_TEXT)
    throw createUnusableCompletion("The completion is longer than was asked for.");
  return visible;
}
