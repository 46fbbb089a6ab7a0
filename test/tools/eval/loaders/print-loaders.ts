import { formatLostText } from "../../../../activities/answer/retrieval/describe-loss.ts";
import type { LoadersReport } from "./eval-loaders.ts";

export function printLoaders({ ok, share, minShare, files, lossy, skipped }: LoadersReport): string {
  const lines = files.map(({ path, share: one, measuredBy, missing }) => {
    const words = missing.length === 0 ? "" : `  missing: ${missing.join(" ")}`;
    return `${formatPercent(one).padStart(8)}  ${path} (${measuredBy})${words}`;
  });
  return [
    ...lines,
    ...lossy.map(formatLostText),
    ...skipped.map(({ path, reason }) => `skipped ${path}: ${reason}`),
    `${ok ? "ok" : "not ok"}: ${formatPercent(share)} of the visible text of ${files.length} files was kept (at least ${formatPercent(minShare)})`,
    "",
  ].join("\n");
}

function formatPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
