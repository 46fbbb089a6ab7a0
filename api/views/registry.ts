import { ACCOUNT, CHANGED_ACCOUNT } from "./account.ts";
import { CONTACT, CONTACT_WITH_DETAILS } from "./contact.ts";
import { CONVERSATION, LISTED_CONVERSATION } from "./conversation.ts";
import { DEAD_LETTER, DEAD_LETTER_WITH_DELIVERIES, DISMISSAL, REPLAY } from "./dead-letter.ts";
import { DELIVERY, DELIVERY_RETRY, DELIVERY_WITH_RECEIPTS } from "./delivery.ts";
import { EVENT, EVENT_DELIVERY } from "./event.ts";
import { ENDPOINT, NEW_ENDPOINT, ROTATED_SECRET } from "./event-endpoint.ts";
import { KEY, NEW_KEY } from "./key.ts";
import { STATUS } from "./status.ts";
import { TENANT } from "./tenant.ts";
import { LINE } from "./transcript-line.ts";
import { TURN, TURN_WITH_DELIVERIES } from "./turn.ts";

/** Every view. `test/contract` shows each of them over REST and on the command line, and compares the two. */
export const VIEWS = Object.freeze({
  status: STATUS,
  tenant: TENANT,
  key: KEY,
  newKey: NEW_KEY,
  account: ACCOUNT,
  changedAccount: CHANGED_ACCOUNT,
  contact: CONTACT,
  contactWithDetails: CONTACT_WITH_DETAILS,
  conversation: CONVERSATION,
  listedConversation: LISTED_CONVERSATION,
  line: LINE,
  turn: TURN,
  turnWithDeliveries: TURN_WITH_DELIVERIES,
  delivery: DELIVERY,
  deliveryWithReceipts: DELIVERY_WITH_RECEIPTS,
  deliveryRetry: DELIVERY_RETRY,
  deadLetter: DEAD_LETTER,
  deadLetterWithDeliveries: DEAD_LETTER_WITH_DELIVERIES,
  replay: REPLAY,
  dismissal: DISMISSAL,
  endpoint: ENDPOINT,
  newEndpoint: NEW_ENDPOINT,
  rotatedSecret: ROTATED_SECRET,
  event: EVENT,
  eventDelivery: EVENT_DELIVERY,
});
