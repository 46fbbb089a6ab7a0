import {
  prepareTexts as prepare,
  type PreparedTexts,
  type PrepareTextsInput,
} from "../prompts/prepare-texts.ts";
import { screenText as screen, type ScreenedText, type ScreenTextInput } from "../safety/screen-text.ts";

/* The tasks of a thread of `text-tasks.ts`, by their names. */

export function prepareTexts(input: PrepareTextsInput): PreparedTexts {
  return prepare(input);
}

export function screenText(input: ScreenTextInput): ScreenedText {
  return screen(input);
}
