import type { FakeUrls } from "../../sandbox/vendor-settings.ts";
import type { Config } from "../../runtime/config/config.ts";
import { findVendor } from "./vendors/registry.ts";
import type { DemoMessage } from "./vendors/vendor.ts";

/** Which of the messages get their answers on this machine. The others' vendor is a real one, and their people are made up. */
export function selectFakedMessages(
  messages: readonly DemoMessage[],
  config: Config,
  urls: FakeUrls,
): DemoMessage[] {
  const isOurs = ({ channel }: DemoMessage) => {
    const end = findVendor(channel).getReplyUrl(config);
    return end === null || Object.values(urls).some((url) => end === url || end.startsWith(`${url}/`));
  };
  return messages.filter(isOurs);
}
