import { cutToolCalls } from "./cut-tool-calls.ts";
import { type HiddenTag, findHiddenTags } from "./hidden-tags.ts";
import {
  cutSpokenReasoning,
  cutTemplateTokens,
  keepFinalChannel,
  unwrapAnswer,
  unwrapJson,
} from "./model-templates.ts";

/**
 * The text of a completion that is for the contact. Servers without a parser for their model leave its thinking and its calls of tools in the
 * text. Returns "" where nothing else is left. Takes time in proportion to the length of the text.
 */
export function cutHiddenText(text: string): string {
  const visible = cutTags(cutTemplateTokens(keepFinalChannel(text.toWellFormed())));
  return unwrapAnswer(cutSpokenReasoning(unwrapJson(cutToolCalls(visible)))).trim();
}

/**
 * Text between an opening and a closing tag is hidden. After an opening tag that is never closed everything is hidden. A closing tag without an
 * opening one hides the text before it: the template of the model has written the opening tag into the prompt.
 */
function cutTags(text: string): string {
  let kept: string[] = [];
  /** The tags that are open: thinking is closed by its first closing tag, and calls of tools lie in each other. */
  let open: HiddenTag["kind"][] = [];
  let from = 0;
  for (const { kind, isOpening, start, end } of findHiddenTags(text)) {
    const [outer] = open;
    if (isOpening) {
      if (outer === undefined) kept.push(text.slice(from, start));
      if (outer === undefined || (outer === "tool" && kind === "tool")) open.push(kind);
    } else if (kind === outer) {
      open.pop();
      from = end;
    } else if (kind === "thinking") {
      kept = [];
      open = [];
      from = end;
    } else if (kind === "tool" && outer === undefined) {
      kept.push(cutLastParagraph(text.slice(from, start)));
      from = end;
    }
  }
  if (open.length === 0) kept.push(text.slice(from));
  return kept
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join("\n\n");
}

/** The call before a closing tag without an opening one. */
function cutLastParagraph(text: string): string {
  const at = text.trimEnd().lastIndexOf("\n\n");
  return at === -1 ? "" : text.slice(0, at);
}
