import { Visitor, type Node } from "oxc-parser";
import { lineAt, type SourceFile } from "../source-files.ts";

const PARTICIPLE =
  /^((?!seed|need|feed|speed|embed)[a-z]{2,}ed|shown|told|known|said|taken|heard|kept|seen|given|found|made|written|gone|held|begun|done|lost|left|afterwards)$/;

/** Functions that are named by a participle alone, such as `shown`. A verb says more and can be searched for. */
export function findParticipleNames(source: SourceFile): string[] {
  const found: string[] = [];
  const add = (name: string, start: number): void => {
    if (PARTICIPLE.test(name)) found.push(`${source.path}:${lineAt(source.text, start)} ${name}`);
  };
  new Visitor({
    FunctionDeclaration({ id, start }) {
      if (id !== null) add(id.name, start);
    },
    VariableDeclarator({ id, init, start }) {
      if (id.type === "Identifier" && isFunction(init)) add(id.name, start);
    },
  }).visit(source.program);
  return found;
}

function isFunction(node: Node | null): boolean {
  return node?.type === "ArrowFunctionExpression" || node?.type === "FunctionExpression";
}
