import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Scheme, SCHEMES, findFittingSecret, type Wire } from "./signature-schemes.ts";

/** Of every scheme so many requests, and so many random flips of each: more than 100,000 in all. */
const REQUESTS = 300;
const FLIPS = 60;
/** Requests of which every single bit is flipped, one by one. */
const SMALL = 3;

const FIELDS = ["url", "body", "signature", "id", "timestamp"] as const;

/** All bits of a request in a row: which field, and which bit of it. */
function bitsOf(wire: Wire): { field: (typeof FIELDS)[number]; bit: number }[] {
  return FIELDS.flatMap((field) =>
    Array.from({ length: wire[field].length * 8 }, (_, bit) => ({ field, bit })),
  );
}

function flipBit(wire: Wire, { field, bit }: ReturnType<typeof bitsOf>[number]): Wire {
  const bytes = Buffer.from(wire[field]);
  const index = Math.floor(bit / 8);
  bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << (bit % 8)), index);
  return { ...wire, [field]: bytes };
}

/** Changed bytes of the URL that no HTTP client could ask for are refused long before the signature is looked at. */
function isAccepted(scheme: Scheme, wire: Wire): boolean {
  if (wire.url.length > 0 && !URL.canParse(wire.url.toString("latin1"))) return false;
  return findFittingSecret(scheme, wire, [scheme.keys[0].verifyingKey]) !== null;
}

/** Null where the change is refused, or changed nothing but a spelling. */
function forgery(scheme: Scheme, genuine: Wire, changed: Wire): string | null {
  if (!isAccepted(scheme, changed) || scheme.isSame?.(genuine, changed) === true) return null;
  return JSON.stringify(FIELDS.map((field) => changed[field].toString("latin1")));
}

describe.each(SCHEMES.map((scheme) => [scheme.name, scheme] as const))("%s signature", (_name, scheme) => {
  const genuine = scheme.inputs.map((said) => scheme.sign(said, scheme.keys[0].signingKey));

  test("a genuine request is accepted", () => {
    fc.assert(fc.property(genuine, (wire) => isAccepted(scheme, wire)));
  });

  test("does not fit when any single bit of what is signed is another, bit by bit", () => {
    fc.assert(
      fc.property(genuine, (wire) => {
        const bits = bitsOf(wire);
        expect(bits.length).toBeGreaterThan(0);
        expect(bits.flatMap((bit) => forgery(scheme, wire, flipBit(wire, bit)) ?? [])).toEqual([]);
      }),
      { numRuns: SMALL },
    );
  });

  test(`the signature does not match after any of ${REQUESTS * FLIPS} random flips`, () => {
    const positions = fc.array(fc.nat(), { minLength: FLIPS, maxLength: FLIPS });
    fc.assert(
      fc.property(genuine, positions, (wire, chosen) => {
        const bits = bitsOf(wire);
        const forged = chosen.flatMap((position) => {
          const bit = bits[position % bits.length];
          return bit === undefined ? [] : (forgery(scheme, wire, flipBit(wire, bit)) ?? []);
        });
        expect(forged).toEqual([]);
      }),
      { numRuns: REQUESTS },
    );
  });
});

test("random flips are more than 100,000 over all schemes", () => {
  expect(SCHEMES.length * REQUESTS * FLIPS).toBeGreaterThan(100_000);
});
