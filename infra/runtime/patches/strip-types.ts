import { stripTypeScriptTypes } from "node:module";

/**
 * Removes the types of a TypeScript source. Node marks its function as experimental and would print a warning in the log of every
 * ingress, so the warning is dropped during the call.
 */
export function stripTypes(source: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return removeGaps(source, stripTypeScriptTypes(source, { mode: "strip" }));
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Node writes a space for each character of a type, so both texts have the same positions. */
function removeGaps(source: string, code: string): string {
  if (code.length !== source.length) throw new Error("Node no longer replaces types by spaces.");
  let text = "";
  for (let i = 0; i < code.length; i++) {
    if (code[i] !== " " || source[i] === " ") text += code[i];
  }
  return text;
}
