/** What the browser keeps for one account of one server. If the page may not use storage, nothing outlives the page. */
export function createStorage(base: string, account: string) {
  const prefix = `parley ${base} ${account} `;

  function attempt<T>(use: () => T): T | null {
    try {
      return use();
    } catch {
      return null;
    }
  }

  const read = (name: string): unknown =>
    attempt(() => JSON.parse(localStorage.getItem(prefix + name) ?? "null") as unknown);

  return {
    read,
    write: (name: string, value: unknown) =>
      void attempt(() => localStorage.setItem(prefix + name, JSON.stringify(value))),
    remove: (name: string) => void attempt(() => localStorage.removeItem(prefix + name)),
    /** All values whose names begin so. */
    readAll: (start: string): unknown[] =>
      (attempt(() => Object.keys(localStorage)) ?? [])
        .filter((key) => key.startsWith(prefix + start))
        .map((key) => read(key.slice(prefix.length))),
    /** Per tab: a reload shows the chat open again. */
    wasOpen: () => attempt(() => sessionStorage.getItem(prefix)) === "open",
    writeOpen: (isOpen: boolean) => void attempt(() => sessionStorage.setItem(prefix, isOpen ? "open" : "")),
  };
}

export type WidgetStorage = ReturnType<typeof createStorage>;
