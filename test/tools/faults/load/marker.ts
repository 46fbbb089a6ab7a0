/** No vowels, so that no word appears, and no digits, so that no filter takes the marker for a phone number. */
const LETTERS = "bcdfghjklmnpqrstvwxz";
const LENGTH = 6;
const MARKER = /\bq[bcdfghjklmnpqrstvwxz]{6}q\b/g;

/** The marker of message `number`. */
export function markerOf(number: number): string {
  let rest = number;
  let word = "";
  for (let i = 0; i < LENGTH; i++) {
    word = (LETTERS[rest % LETTERS.length] ?? "") + word;
    rest = Math.floor(rest / LETTERS.length);
  }
  return `q${word}q`;
}

export function markersIn(text: string): string[] {
  return text.match(MARKER) ?? [];
}
