import type { AccountSettings } from "../../db/tenants/channel-account.ts";

const MINUTE = 60_000;
const DAY_MINUTES = 24 * 60;

/** The end of the quiet hours that contain `now`, or null, in whole minutes. Quiet hours may span midnight. */
export function findQuietEnd(hours: AccountSettings["quietHours"], now: Date): Date | null {
  if (hours === undefined) return null;
  const [from, to, at] = [minuteOf(hours.from), minuteOf(hours.to), localMinute(now, hours.timeZone)];
  const isQuiet = from < to ? at >= from && at < to : at >= from || at < to;
  if (!isQuiet || from === to) return null;
  const left = (to - at + DAY_MINUTES) % DAY_MINUTES;
  // When daylight saving time changes in between, the end is off by an hour; the gate decides again then.
  return new Date(Math.floor(now.getTime() / MINUTE) * MINUTE + left * MINUTE);
}

function minuteOf(time: string): number {
  const [hour = "0", minute = "0"] = time.split(":");
  return Number(hour) * 60 + Number(minute);
}

function localMinute(now: Date, timeZone: string): number {
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return minuteOf(clock.format(now));
}
