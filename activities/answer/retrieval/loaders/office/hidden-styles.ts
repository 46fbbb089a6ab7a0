import { isOn } from "./keep-shown-text.ts";
import { findAttribute, type OfficePackage } from "./office-package.ts";

/** More styles above a style than Word permits are a circle. */
const MAX_PARENTS = 20;

/** The ids of paragraph and character styles that hide their text. */
export function findHiddenStyles(parts: OfficePackage): ReadonlySet<string> {
  const styles = new Map<string, { parent: string; isHidden: boolean | null }>();
  let style = { parent: "", isHidden: null as boolean | null };
  const path: string[] = [];
  parts.read("word/styles.xml", {
    open(name, attributes) {
      if (name === "style") {
        style = { parent: "", isHidden: null };
        styles.set(findAttribute(attributes, "styleId") ?? "", style);
      }
      if (name === "basedOn") style.parent = findAttribute(attributes, "val") ?? "";
      if (name === "vanish" && path.slice(-2).join() === "style,rPr")
        style.isHidden = isOn(findAttribute(attributes, "val"));
      path.push(name);
    },
    close: () => void path.pop(),
  });
  const isHidden = (id: string, parents = 0): boolean => {
    const found = styles.get(id);
    if (found === undefined || parents > MAX_PARENTS) return false;
    return found.isHidden ?? isHidden(found.parent, parents + 1);
  };
  return new Set([...styles.keys()].filter((id) => isHidden(id)));
}
