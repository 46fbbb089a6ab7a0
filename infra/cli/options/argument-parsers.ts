import { InvalidArgumentError } from "commander";
import { z } from "zod";

/** Turns a rule into a parser of one argument or option. A wrong value ends with the rule's message and exit code 2. */
export function createArgumentParser<T>(rule: z.ZodType<T, string>): (text: string) => T {
  return (text) => {
    const parsed = rule.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message ?? "is not valid"}.`);
  };
}

/** Parses digits, then applies the rule for the number. */
export function createNumberParser(rule: z.ZodType<number, number>): (text: string) => number {
  const digits = z.string().regex(/^\d{1,9}(\.\d{1,9})?$/, "must be a number such as 20 or 12.50");
  return createArgumentParser(digits.transform(Number).pipe(rule));
}

export const parseUuid = createArgumentParser(
  z.uuid("must be an id such as 0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11").transform((id) => id.toLowerCase()),
);

export const parseWholeNumber = createArgumentParser(
  z
    .string()
    .regex(/^\d{1,7}$/, "must be a whole number")
    .transform(Number),
);

export const parseTimestamp = createArgumentParser(
  z.iso
    .datetime({ offset: true, message: "must be a timestamp such as 2026-11-25T09:00:00Z" })
    .transform((text) => new Date(text)),
);

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** In ms. */
export const parseDuration = createArgumentParser(
  z
    .string()
    .regex(/^[1-9]\d{0,4}[mhd]$/, "must be a number of minutes, hours or days such as 90m, 12h or 30d")
    .transform((text) => Number(text.slice(0, -1)) * (UNIT_MS[text.slice(-1)] ?? 0)),
);
