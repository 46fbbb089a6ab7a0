import type { StandInUrls } from "../../dev/vendor-settings.ts";
import type { Config } from "../../runtime/config.ts";
import { vendorOf } from "./vendors/registry.ts";
import type { DemoMessage } from "./vendors/vendor.ts";

/** Which of the messages get their answers on this machine. The others' vendor is a real one, and their people are made up. */
export function stoodIn(messages: readonly DemoMessage[], config: Config, urls: StandInUrls): DemoMessage[] {
  const isOurs = ({ channel }: DemoMessage) => {
    const end = vendorOf(channel).answersGoTo(config);
    return end === null || Object.values(urls).some((url) => end === url || end.startsWith(`${url}/`));
  };
  return messages.filter(isOurs);
}
