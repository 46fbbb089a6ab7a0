import { format } from "numfmt";
import type { OfficePackage } from "./office-package.ts";

/** Formats that a file refers to by number only (ECMA-376, 18.8.30). Dates are written in the order that no country misreads. */
const BUILT_IN: Readonly<Record<number, string>> = {
  1: "0",
  2: "0.00",
  3: "#,##0",
  4: "#,##0.00",
  9: "0%",
  10: "0.00%",
  14: "yyyy-mm-dd",
  15: "d mmm yyyy",
  16: "d mmm",
  17: "mmm yyyy",
  18: "h:mm AM/PM",
  19: "h:mm:ss AM/PM",
  20: "h:mm",
  21: "h:mm:ss",
  22: "yyyy-mm-dd h:mm",
  37: "#,##0",
  38: "#,##0",
  39: "#,##0.00",
  40: "#,##0.00",
  45: "mm:ss",
  46: "[h]:mm:ss",
  47: "mm:ss",
};
/** Days between the two calendars of Excel. */
const DAYS_1904 = 1_462;

/** Shows numbers as their cells do. */
export function createCellFormats(parts: OfficePackage, is1904: boolean) {
  const codes = readCodes(parts);
  return function formatNumber(value: string, style: string | undefined): string {
    const code = codes[Number(style ?? -1)];
    const number = Number(value);
    if (code === undefined || !Number.isFinite(number)) return trimNumber(value);
    try {
      const isDate = /[ymdh]/i.test(code.replace(/"[^"]*"|\[[^\]]*\]|\\./g, ""));
      const shown = format(code, number + (isDate && is1904 ? DAYS_1904 : 0)).trim();
      // A value that its format hides, or that does not fit.
      return /^#*$/.test(shown) ? trimNumber(value) : shown;
    } catch {
      // Not logged: the format of the cell is wrong, and its value is shown without it.
      return trimNumber(value);
    }
  };
}

/** The format of each cell style. Undefined for the general one. */
function readCodes(parts: OfficePackage): (string | undefined)[] {
  const own = new Map<number, string>();
  const codes: (string | undefined)[] = [];
  let isCellStyles = false;
  parts.read("xl/styles.xml", {
    open(name, { numFmtId, formatCode }) {
      if (name === "numFmt") own.set(Number(numFmtId), formatCode ?? "");
      if (name === "cellXfs") isCellStyles = true;
      if (name !== "xf" || !isCellStyles) return;
      const id = Number(numFmtId ?? 0);
      const code = own.get(id) ?? BUILT_IN[id];
      codes.push(code === "" || /^general$/i.test(code ?? "") ? undefined : code);
    },
    close(name) {
      if (name === "cellXfs") isCellStyles = false;
    },
  });
  return codes;
}

/** 0.1 + 0.2 is stored with seventeen digits. */
function trimNumber(value: string): string {
  const number = Number(value);
  return Number.isFinite(number) && value.length > 12 ? String(Number(number.toPrecision(12))) : value;
}
