/** Repeats the query until it returns a value. Throws with the description at the time limit. */
export async function eventually<T>(
  description: string,
  query: () => Promise<T | null | undefined | false>,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await query();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${description}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
