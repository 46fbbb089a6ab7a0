/** One diagram of a benchmark: bars by category, or lines over categories that are an order. */
export interface Chart {
  /** Part of the file name. */
  name: string;
  title: string;
  /** The label of the values. */
  unit: string;
  kind: "bars" | "lines";
  categories: readonly string[];
  /** One value for each category; null where nothing was measured. */
  series: readonly { name: string; values: readonly (number | null)[] }[];
  /** The series are parts of one whole. */
  stacked?: boolean;
  /** For values that differ by powers of ten. */
  logarithmic?: boolean;
}
