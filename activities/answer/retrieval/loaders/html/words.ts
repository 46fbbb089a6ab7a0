/** The words of the open block, with the addresses of its links. */
export function createWords() {
  let text = "";
  let added: string[] = [];
  let links: string[] = [];
  let taken = 0;
  return {
    add: (more: string) => void (text += more),
    addMark: (sign: string) => void (text = text.trimEnd() + sign),
    mark: () => ({ taken, length: text.length }),
    /** An address that is also the text of its link is not repeated. */
    addLink(address: string, start: { taken: number; length: number }, isLine: boolean): void {
      const label = start.taken === taken ? text.slice(start.length) : "";
      if (label.replace(/\s/g, "").includes(address)) return;
      added.push(address);
      if (isLine) links.push(address);
      else
        text = `${text.trimEnd()}${label.trim() === "" ? " " : " ("}${address}${label.trim() === "" ? "" : ")"}`;
    },
    take() {
      const result = { text, added: added.join(" "), links: links.join("\n") };
      text = "";
      added = [];
      links = [];
      taken++;
      return result;
    },
  };
}
