import { readReplyUrls } from "../../channels/reply-urls.ts";
import type { Config } from "../../runtime/config/config.ts";
import type { ContactMessage } from "../../sandbox/fakes/contacts/fake-contacts.ts";
import type { FakeUrls } from "../../sandbox/vendor-settings.ts";

/** The messages whose replies stay on this machine. The vendor of the others is real, and their contacts are made up. */
export function selectFakedMessages(
  messages: readonly ContactMessage[],
  config: Config,
  fakeUrls: FakeUrls,
): ContactMessage[] {
  const replyUrls = readReplyUrls(config);
  return messages.filter(({ channel }) => {
    const replyUrl = replyUrls[channel];
    if (replyUrl === undefined) return true;
    return Object.values(fakeUrls).some((url) => replyUrl === url || replyUrl.startsWith(`${url}/`));
  });
}
