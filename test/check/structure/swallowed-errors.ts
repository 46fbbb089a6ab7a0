import { type CatchClause, type Expression, Visitor } from "oxc-parser";
import { lineAt, type SourceFile } from "../source-files.ts";

/** Begins the comment that says why an error needs no log line. */
const REASON = "Not logged:";

/**
 * Handlers that drop an error: a `catch` without the error, and `.catch(() => …)`. An operator never learns of such a failure, so each
 * one needs a comment "Not logged: <reason>" in the handler or directly above the statement.
 */
export function findSwallowedErrors(source: SourceFile): string[] {
  const found: { start: number; end: number }[] = [];
  new Visitor({
    CatchClause(clause: CatchClause) {
      if (clause.param === null) found.push(clause);
    },
    CallExpression({ callee, arguments: [handler], start, end }) {
      const isCatch =
        callee.type === "MemberExpression" &&
        callee.property.type === "Identifier" &&
        callee.property.name === "catch";
      if (isCatch && handler !== undefined && ignoresError(handler as Expression)) found.push({ start, end });
    },
  }).visit(source.program);
  return found
    .filter((range) => !isJustified(source, range))
    .map(({ end }) => `${source.path}:${lineAt(source.text, end)}`);
}

function ignoresError(handler: Expression): boolean {
  const isFunction = handler.type === "ArrowFunctionExpression" || handler.type === "FunctionExpression";
  return isFunction && handler.params.length === 0;
}

/** The reason is inside, or on the lines directly above. */
function isJustified(
  { text, comments }: SourceFile,
  { start, end }: { start: number; end: number },
): boolean {
  return comments.some((comment) => {
    if (!comment.value.includes(REASON)) return false;
    const isInside = comment.start >= start && comment.end <= end;
    const between = text.slice(comment.end, start);
    return (
      isInside || (comment.end <= start && !/\n[^\n]*[;{}]\s*\n/.test(between) && lineCount(between) <= 3)
    );
  });
}

const lineCount = (text: string): number => text.split("\n").length - 1;
