import { createMessagingPost, SCOPED_ID } from "./messaging-post.ts";
import type { FakeContacts } from "../contacts/fake-contacts.ts";

/** Messages to a Facebook page. */
export const messengerContacts: FakeContacts = {
  address: SCOPED_ID,
  createAddress: (number) => String(6_000_000_000_000_000 + number),
  signMessage: (config, message) =>
    createMessagingPost(config, message, {
      object: "page",
      ownId: config.FACEBOOK_PAGE_ID,
      secret: config.FACEBOOK_APP_SECRET,
    }),
};
