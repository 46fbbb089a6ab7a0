/**
 * The smallest list that still fails, as far as the time allows: it tries both halves, then the list without each of smaller pieces (the
 * algorithm "ddmin"). `fails` is expensive and may be wrong in one direction: a race that does not happen again keeps the longer list.
 */
export async function shrink<T>(
  all: readonly T[],
  fails: (subset: readonly T[]) => Promise<boolean>,
  isTimeOver: () => boolean,
): Promise<readonly T[]> {
  let smallest = all;
  let pieces = 2;
  while (smallest.length > 1 && pieces <= smallest.length) {
    const found = await findFailing(cutApart(smallest, pieces), fails, isTimeOver);
    if (isTimeOver() && found === null) return smallest;
    if (found === null)
      pieces = pieces === smallest.length ? pieces + 1 : Math.min(2 * pieces, smallest.length);
    else {
      pieces = found.length <= smallest.length / pieces ? 2 : Math.max(pieces - 1, 2);
      smallest = found;
    }
  }
  return smallest;
}

async function findFailing<T>(
  candidates: readonly (readonly T[])[],
  fails: (subset: readonly T[]) => Promise<boolean>,
  isTimeOver: () => boolean,
): Promise<readonly T[] | null> {
  for (const candidate of candidates) {
    if (isTimeOver()) return null;
    if (await fails(candidate)) return candidate;
  }
  return null;
}

/** Each piece alone, and then everything without each piece. With two pieces these are the same. */
function cutApart<T>(list: readonly T[], pieces: number): (readonly T[])[] {
  const size = Math.ceil(list.length / pieces);
  const starts = Array.from({ length: Math.ceil(list.length / size) }, (_, i) => i * size);
  const alone = starts.map((start) => list.slice(start, start + size));
  if (pieces === 2) return alone;
  return [...alone, ...starts.map((start) => [...list.slice(0, start), ...list.slice(start + size)])];
}
