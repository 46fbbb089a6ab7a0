import { messagingPost, SCOPED_ID } from "./messaging-post.ts";
import type { Vendor } from "./vendor.ts";

/** Messages to a Facebook page. */
export const messenger: Vendor = {
  address: SCOPED_ID,
  person: (number) => String(6_000_000_000_000_000 + number),
  answersGoTo: (config) => config.FACEBOOK_BASE_URL,
  sign: (config, message) =>
    messagingPost(config, message, {
      object: "page",
      ownId: config.FACEBOOK_PAGE_ID,
      secret: config.FACEBOOK_APP_SECRET,
    }),
};
