interface Sunset {
  models: readonly string[];
  /** First day without the model, as OpenAI announced it. */
  date: string;
}

/** OpenAI's deprecation list as known in November 2026, for endpoints that give no `shutdown_date`. */
const SUNSETS: readonly Sunset[] = [
  { models: ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini"], date: "2027-01-14" },
  { models: ["gpt-5", "gpt-5-mini", "gpt-5-nano", "o3"], date: "2026-12-11" },
  {
    models: ["gpt-4o-2024-05-13", "gpt-4.1-nano", "o4-mini", "gpt-4", "gpt-3.5-turbo"],
    date: "2026-10-23",
  },
];

/** Day on which OpenAI shuts a model down (YYYY-MM-DD), or null where none is announced. */
export function findSunset(model: string): string | null {
  return SUNSETS.find(({ models }) => models.includes(model))?.date ?? null;
}
