import type { GraphRefusal } from "../meta/graph-error.ts";
import type { Template } from "./send-form.ts";

/** Approved templates by name, with the number of parameters in the body of each. */
export type KnownTemplates = Readonly<Record<string, number>>;

/** A line break, a tab, or more than four spaces in a row. */
const FORBIDDEN = /[\n\r\t]| {5}/;

/** The error with which WhatsApp refuses these parameters, or null. Without a list, each template has one parameter. */
export function templateRefusal(template: Template, known: KnownTemplates | undefined): GraphRefusal | null {
  const { name, language } = template;
  if (name === "" || language.code === "")
    return createRefusal(
      131008,
      "Required parameter is missing",
      "A template has a name and a language code.",
    );
  const expected = known === undefined ? 1 : known[name];
  if (expected === undefined)
    return createRefusal(
      132001,
      "Template name does not exist in the translation",
      `${name} (${language.code})`,
    );
  const parameters = bodyParameters(template);
  if (parameters.length !== expected) {
    const details = `body: number of localizable_params (${parameters.length}) does not match the expected number of params (${expected})`;
    return createRefusal(
      132000,
      "Number of parameters does not match the expected number of params",
      details,
    );
  }
  if (parameters.some(({ type, text }) => type !== "text" || text === ""))
    return createRefusal(
      131008,
      "Required parameter is missing",
      "Each parameter is a text that is not empty.",
    );
  if (parameters.some(({ text }) => FORBIDDEN.test(text)))
    return createRefusal(
      100,
      "Invalid parameter",
      "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
    );
  return null;
}

/** The text that the contact reads, as far as it is known: the parameters in a row. */
export function templateText(template: Template): string {
  return bodyParameters(template)
    .map(({ text }) => text)
    .join(" ");
}

function bodyParameters({ components }: Template) {
  return components.filter(({ type }) => type === "body").flatMap(({ parameters }) => parameters);
}

function createRefusal(code: number, title: string, details: string): GraphRefusal {
  return { status: code === 132001 ? 404 : 400, code, message: `(#${code}) ${title}`, details };
}
