import { randomBytes } from "node:crypto";
import { z } from "zod";
import { findModel } from "./catalogue/model-catalogue.ts";

/** Every category of the real endpoint, with a few words that trigger it: enough to test both results. */
const CATEGORIES: Readonly<Record<string, RegExp | null>> = Object.freeze({
  harassment: /\b(idiot|moron|stupid bitch|worthless (?:piece|human)|asshole)\b/i,
  "harassment/threatening": /\b(i(?:'ll| will) (?:hurt|find|beat) you)\b/i,
  hate: /\b(subhuman|vermin|go back to your country)\b/i,
  "hate/threatening": /\b(exterminate (?:them|those) (?:all|people))\b/i,
  illicit: /\b((?:make|cook|buy) (?:meth|cocaine|heroin)|launder money|forge a passport)\b/i,
  "illicit/violent": /\b((?:build|make) (?:a |an )?(?:pipe )?bomb|hire a hitman)\b/i,
  "self-harm": /\b(self.harm|cut myself|kill myself|end my life|suicide)\b/i,
  "self-harm/intent": /\b(i (?:want|am going|will|'m going) to (?:kill myself|end my life|die))\b/i,
  "self-harm/instructions": /\b(how (?:do i|can i|to) (?:kill myself|end my life|commit suicide))\b/i,
  sexual: /\b(porn|nude pics|explicit sex)\b/i,
  "sexual/minors": null,
  violence: /\b((?:kill|murder|stab|shoot) (?:you|him|her|them|someone|everyone))\b/i,
  "violence/graphic": /\b(disembowel|decapitat\w*|gore)\b/i,
});

const FLAGGED_SCORE = 0.93;
const CLEAN_SCORE = 0.0001;

const PART = z.looseObject({ type: z.string(), text: z.string().optional() });

export const MODERATIONS_REQUEST = z.object({
  model: z.string().default("omni-moderation-latest"),
  input: z.union([z.string(), z.array(z.string()), z.array(PART)]),
});

/** POST /v1/moderations: one result for each text. The items of a multi-modal input have one result together. */
export function createModeration({ model, input }: z.infer<typeof MODERATIONS_REQUEST>) {
  findModel(model, "moderation");
  return { id: `modr-${randomBytes(12).toString("hex")}`, model, results: textsOf(input).map(resultOf) };
}

function textsOf(input: z.infer<typeof MODERATIONS_REQUEST>["input"]): string[] {
  const items = [input].flat();
  if (items.every((item) => typeof item === "string")) return items;
  return [items.map((item) => (typeof item === "string" ? item : (item.text ?? ""))).join("\n")];
}

function resultOf(text: string) {
  const hits = Object.entries(CATEGORIES).map(([name, words]) => [name, words?.test(text) ?? false] as const);
  return {
    flagged: hits.some(([, isHit]) => isHit),
    categories: Object.fromEntries(hits),
    category_scores: Object.fromEntries(
      hits.map(([name, isHit]) => [name, isHit ? FLAGGED_SCORE : CLEAN_SCORE]),
    ),
    category_applied_input_types: Object.fromEntries(hits.map(([name]) => [name, ["text"]])),
  };
}
