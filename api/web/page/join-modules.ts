import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { stripTypes } from "../../../infra/runtime/patches/strip-types.ts";

const IMPORT = /^import \{([^}]*)\} from "(\.\/[\w-]+\.ts)";$/gm;
const EXPORT = /^export (?=(?:async )?(?:function\*? |class |const )(\w+))/gm;
/** Comments that fill whole lines; a template literal of a module must not contain such lines. */
const COMMENT = /^[ \t]*(?:\/\/.*|\/\*\*[\s\S]*?\*\/)$/gm;
const OTHER_MODULE_SYNTAX = /^(?:import|export)\b.*/m;

/**
 * Joins a TypeScript module and the modules that it imports into one classic script, which a browser loads with one request. Each
 * module becomes a function that returns its exports, so names of different modules cannot collide. Supported are imports of names
 * from the same folder and exports of functions, classes and constants. Throws for other module syntax and for import cycles.
 */
export function joinModules(entry: URL): string {
  const done = new Set<string>();
  const open = new Set<string>();
  const parts: string[] = [];

  function add(url: URL): void {
    if (done.has(url.href)) return;
    if (open.has(url.href)) throw new Error(`${basename(url.pathname)} is part of an import cycle.`);
    open.add(url.href);
    const code = stripTypes(readFileSync(url, "utf8"));
    for (const [, , path = ""] of code.matchAll(IMPORT)) add(new URL(path, url));
    parts.push(wrapModule(url.pathname, code));
    done.add(url.href);
  }

  add(entry);
  return `"use strict";\n(() => {\n${parts.join("\n")}\n})();\n`;
}

function wrapModule(path: string, code: string): string {
  const names = [...code.matchAll(EXPORT)].map(([, name]) => name);
  const body = code
    .replaceAll(
      IMPORT,
      (_all, given: string, from: string) =>
        `const {${given.replaceAll(/\s+as\s+/g, ": ")}} = ${variableOf(from)};`,
    )
    .replaceAll(EXPORT, "")
    .replaceAll(COMMENT, "")
    .replaceAll(/[ \t]+$/gm, "")
    .replaceAll(/\n{2,}/g, "\n");
  const [other] = OTHER_MODULE_SYNTAX.exec(body) ?? [];
  if (other !== undefined) throw new Error(`${basename(path)}: "${other}" cannot be joined.`);
  return `const ${variableOf(path)} = (() => {\n${body.trim()}\nreturn { ${names.join(", ")} };\n})();`;
}

/** `./own-messages.ts` -> `own_messages_module` */
function variableOf(path: string): string {
  return `${basename(path, ".ts").replaceAll("-", "_")}_module`;
}
