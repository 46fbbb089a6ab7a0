/** A text that was read, or the rule that it breaks: "must ...". The rule never contains the text, which may hold a password. */
export type Parsed<Value> = { ok: true; value: Value } | { ok: false; rule: string };

export function reject(rule: string): { ok: false; rule: string } {
  return { ok: false, rule };
}

/** Undefined for a % that encodes nothing. */
export function decodePart(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not logged: the problem of the setting says it.
    return undefined;
  }
}
