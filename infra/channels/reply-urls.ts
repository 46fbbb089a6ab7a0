import type { Config } from "../runtime/config/config.ts";
import { CHANNEL_DESCRIPTORS } from "./registry.ts";

/** The URL that replies go to, by channel: a vendor's API, or a fake of it. Channels without such a URL are not listed. */
export function readReplyUrls(config: Config): Record<string, string> {
  const settings: Readonly<Record<string, unknown>> = config;
  return Object.fromEntries(
    CHANNEL_DESCRIPTORS.flatMap(({ name, replyUrlSetting }) => {
      const url = replyUrlSetting === null ? undefined : settings[replyUrlSetting];
      return typeof url === "string" ? [[name, url]] : [];
    }),
  );
}
