/** The JSON of an answer, or null: a gateway in between may answer with a page of its own. */
export function parseTwilioJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
