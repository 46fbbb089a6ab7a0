/** What a check saw that should not be; empty where all is well. */
export interface Findings {
  expect(isRight: boolean, otherwise: string): void;
  describeSeen(): string[];
}

/** A list of hundreds says no more than its beginning. */
const MAX_SHOWN = 8;

export function createFindings(): Findings {
  const all = new Set<string>();
  return {
    expect(isRight, otherwise) {
      if (!isRight) all.add(otherwise);
    },
    describeSeen() {
      const list = [...all];
      const rest = list.length - MAX_SHOWN;
      return rest > 0 ? [...list.slice(0, MAX_SHOWN), `and ${rest} more`] : list;
    },
  };
}
