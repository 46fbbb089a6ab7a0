import { Visitor } from "oxc-parser";
import { lineAt, type SourceFile } from "../source-files.ts";

/** A title that starts with one of these is a clause without its main clause, unless a comma follows. */
const STARTS_A_CLAUSE =
  /^(where|when|if|and|but|even|also|as|while|unless|until|except|once|whose|which|nor|or|than|only (where|when|if|with|for))\b/i;
/** A test title with one of these words, or with one that ends like a verb, has a predicate. */
const PREDICATE =
  /\b(is|are|was|were|has|have|had|does|do|did|can|cannot|could|may|might|must|will|would|should|\w+(s|ed)|throws?|sent|kept|made|found|lost|put|left|held|read|written|cut|begun|built|known|shown|given|taken|stays?|go|come|get|keep|give|take|stop|start|end|wait|run|find|hold|fail|work|return|share|reach|send|answer|refuse|leave|lose|need|use|name|report|show|say)\b/i;

/** Titles of `it` and `test` that make no sense alone in a line of a CI log. */
export function findTitleFragments(source: SourceFile): string[] {
  return listTitles(source)
    .filter(({ title }) => isFragment(title))
    .map(({ title, line }) => `${source.path}:${line} ${title}`);
}

export function isFragment(title: string): boolean {
  const isClause = STARTS_A_CLAUSE.test(title) && !title.includes(",");
  return isClause || title.trim().split(/\s+/).length < 2 || !PREDICATE.test(title);
}

function listTitles(source: SourceFile): { title: string; line: number }[] {
  const titles: { title: string; line: number }[] = [];
  new Visitor({
    CallExpression({ callee, arguments: [title], start }) {
      const name = source.text.slice(callee.start, callee.end);
      if (title === undefined || !/^(it|test)(\.\w+)?(\(|$)/.test(name)) return;
      const line = lineAt(source.text, start);
      if (title.type === "Literal" && typeof title.value === "string") {
        titles.push({ title: title.value, line });
      }
      if (title.type === "TemplateLiteral") {
        titles.push({ title: title.quasis.map((quasi) => quasi.value.raw).join("X"), line });
      }
    },
  }).visit(source.program);
  return titles;
}
