/** Fewer failing turns may each be poison. They are dead letters, and another build replays them. */
const MIN_FAILING = 3;

/**
 * Poison is a property of one turn among healthy ones. Where several turns fail and fewer have passed since, the cause is the build, a
 * store or a setting. Then no turn is given up: all of them wait, and an operator gets an alert.
 */
export function isSystemic({ failing, passed }: { failing: number; passed: number }): boolean {
  return failing >= MIN_FAILING && passed < failing;
}
