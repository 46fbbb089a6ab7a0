import { writeFileSync } from "node:fs";
import { type PdfLine, createTextPdf } from "./text-pdf.ts";

const LEAFLET = `# Winter storage

Salt, frost and a damp shed age a bicycle more than a summer of riding. Leave yours with us and
collect it in spring, clean and ready.

## Season and places

The season runs from November 1 to March 31. There are 70 places in the dry loft above the workshop,
so please book by October 15. A place is yours once half of the price is paid.

## What it costs

Storage costs $60 for a bike and $85 for an e-bike, for the whole season. Every further bike of the
same household is $45.

## What is included

We wash the bike, oil the chain, hang it up off its tires and check brakes and gears before you
collect it. E-bike batteries are kept apart at half charge in a fireproof cabinet and are tested
once a month.

## Bringing and collecting

Within 10 km we fetch the bike and bring it back for $18 each way. If you need it in the middle of
winter, tell us 2 days before; going back in afterwards is free once.

## Insurance

Stored bikes are insured against fire, water and theft for up to $4,000 each. Tell us if yours is
worth more and we will add it to the policy for a small charge.

## Servicing while it is here

A service booked for a stored bike is done in January or February and is 15 percent cheaper than in
the season.`;

/** The leaflet of the sample knowledge base: a PDF, as many small businesses have. */
export function createSamplePdf(): Buffer {
  return createTextPdf("Winter storage", LEAFLET.split("\n").map(toLine));
}

function toLine(line: string): PdfLine {
  const [, marks = "", text = ""] = /^(#*) ?(.*)$/.exec(line) ?? [];
  return { text, size: [11, 20, 14][marks.length] ?? 11 };
}

if (import.meta.main) {
  writeFileSync(new URL("knowledge/winter-storage.pdf", import.meta.url), createSamplePdf());
}
