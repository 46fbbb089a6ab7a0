/** At most `limit` entries after the token, sorted by name. The token is the last name in base64. */
export function pageOf<Entry>(
  entries: Iterable<readonly [string, Entry]>,
  { limit, token }: { limit: number; token: string | null | undefined },
): { page: (readonly [string, Entry])[]; pagination: { next: string } | undefined } {
  const after = token ? Buffer.from(token, "base64url").toString("utf8") : null;
  const rest = [...entries]
    .filter(([name]) => after === null || name > after)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = page.at(-1)?.[0];
  const hasMore = rest.length > page.length && last !== undefined;
  return {
    page,
    pagination: hasMore ? { next: Buffer.from(last, "utf8").toString("base64url") } : undefined,
  };
}
