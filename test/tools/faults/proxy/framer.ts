/**
 * Cuts a stream into whole frames; an unfinished one waits for its rest. `lengthOf` says how long the frame is that begins with these
 * bytes, or null where that cannot be told yet.
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
