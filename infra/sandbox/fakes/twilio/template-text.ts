import { z } from "zod";

/** Twilio refuses a variable that is empty. */
const VARIABLES = z.record(z.string(), z.string().min(1));

/** The template's variables in a row, because the texts of templates are unknown; null if they are not a JSON object of texts. */
export function templateText(variables: string): string | null {
  if (variables === "") return "";
  const read = VARIABLES.safeParse(parseJson(variables));
  return read.success ? Object.values(read.data).join(" ") : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
