const TRIAL_PREFIX = "Sent from your Twilio trial account - ";

/**
 * Whether a listed body is our text. Twilio does not keep the text as it was sent: trial accounts put a sentence before it, Smart
 * Encoding replaces quotes, dashes, dots and spaces by letters of GSM-7, and outer spaces are dropped. None of them changes a letter
 * or a digit, so only these are compared.
 */
export function isSentBody(listed: string, text: string): boolean {
  const body = listed.startsWith(TRIAL_PREFIX) ? listed.slice(TRIAL_PREFIX.length) : listed;
  return toSkeleton(body) === toSkeleton(text);
}

/** A text without letters and digits (an emoji) is compared as it is. */
function toSkeleton(text: string): string {
  const skeleton = text.normalize("NFKD").replace(/[^\p{L}\p{N}]/gu, "");
  return skeleton === "" ? text.normalize("NFKC").trim() : skeleton;
}
