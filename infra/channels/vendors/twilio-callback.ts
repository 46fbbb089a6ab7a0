import { z } from "zod";

/** Both halves of Twilio's channels know it. Twilio's signature covers it, because it signs the whole URL. */
const PARAMETER = "delivery";
const DELIVERY_ID = z.uuid();

/** The URL of the status callbacks of one part. */
export function addDeliveryId(callbackUrl: string, deliveryId: string): string {
  const url = new URL(callbackUrl);
  url.searchParams.set(PARAMETER, deliveryId);
  return url.href;
}

/** Our id of the part that a status callback reports on. Undefined for a URL that the operator configured at Twilio. */
export function readDeliveryId(url: string): string | undefined {
  return DELIVERY_ID.safeParse(new URL(url).searchParams.get(PARAMETER)).data;
}
