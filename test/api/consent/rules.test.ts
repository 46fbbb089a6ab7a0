import { expect, test } from "vitest";
import { english } from "../../../api/consent/free-form/languages/english.ts";
import { french } from "../../../api/consent/free-form/languages/french.ts";
import { german } from "../../../api/consent/free-form/languages/german.ts";
import { italian } from "../../../api/consent/free-form/languages/italian.ts";
import { portuguese } from "../../../api/consent/free-form/languages/portuguese.ts";
import { spanish } from "../../../api/consent/free-form/languages/spanish.ts";

const SIGNS = new Set(["^", "$", ".", "*"]);

test.each([english, spanish, german, french, portuguese, italian])(
  "the rules of $language use each of their classes, and no other",
  ({ classes, stop, ask }) => {
    const used = new Set(
      [...stop, ...ask].flatMap((rule) => rule.split(" ")).filter((part) => !SIGNS.has(part)),
    );
    expect([...used].toSorted()).toEqual(Object.keys(classes).toSorted());
  },
);
