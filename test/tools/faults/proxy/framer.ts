/**
 * Cuts a stream into whole frames and keeps an incomplete frame for the next chunk. `lengthOf` returns the length of the frame at the
 * start of these bytes, or null while the length is not yet known.
 */
export function createFramer(lengthOf: (bytes: Buffer) => number | null): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const frames: Buffer[] = [];
    for (;;) {
      const length = rest.length === 0 ? null : lengthOf(rest);
      if (length === null || length > rest.length) return frames;
      frames.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}
