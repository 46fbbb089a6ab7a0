interface Span {
  start: number;
  end: number;
}

/** Finds a span that contains a given one, in logarithmic time: of those that begin before it, the one that ends last. */
export function createCoverIndex<Covering extends Span>(spans: readonly Covering[]) {
  const sorted = spans.toSorted((a, b) => a.start - b.start);
  const longest: Covering[] = [];
  for (const span of sorted) {
    const last = longest.at(-1);
    longest.push(last === undefined || span.end > last.end ? span : last);
  }
  return function findCover({ start, end }: Span): Covering | undefined {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    const candidate = longest[low - 1];
    return candidate !== undefined && candidate.end >= end ? candidate : undefined;
  };
}
