import { getResolvedPDFJS } from "unpdf";
import type { Page } from "./page-items.ts";

/** A page number and a headline have fewer letters than this. */
const ALMOST_NO_TEXT = 60;
/** The pages to look at: a page's images are decoded for it. The others are like these. */
const MAX_CHECKS = 8;

/** True for a page that shows an image or drawn letters in place of a text. A blank page shows nothing. */
export function createScanCheck() {
  let checks = 0;
  let scans = 0;
  return async function isScan(page: Page, letters: number): Promise<boolean> {
    if (letters >= ALMOST_NO_TEXT) return false;
    if (checks === MAX_CHECKS) return scans > 0 && letters === 0;
    checks++;
    const isImage = await showsImage(page, letters);
    if (isImage) scans++;
    return isImage;
  };
}

/** A page with a few words is a scan only if an image is on it: lines and boxes surround most short pages. */
async function showsImage(page: Page, letters: number): Promise<boolean> {
  const { OPS } = await getResolvedPDFJS();
  const shown = [OPS.paintImageXObject, OPS.paintInlineImageXObject, OPS.paintImageMaskXObject];
  // Letters may be drawn as shapes too.
  if (letters === 0) shown.push(OPS.constructPath, OPS.shadingFill);
  const { fnArray } = await page.getOperatorList();
  return fnArray.some((operation) => shown.includes(operation));
}
