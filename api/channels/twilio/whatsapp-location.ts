import type { InboundMedia } from "../channel.ts";
import type { TwilioForm } from "./twilio-form.ts";

/** A decimal number as Twilio writes it. `Number` alone would read 0 from an empty field. */
const DEGREES = /^-?\d{1,3}(\.\d{1,20})?$/;

/** A shared place; undefined where the form has none, or one with impossible coordinates. */
export function whatsappLocation({ text }: TwilioForm): InboundMedia[] {
  const [latitude, longitude] = [text("Latitude"), text("Longitude")];
  if (!isWithin(latitude, 90) || !isWithin(longitude, 180)) return [];
  // RFC 5870: the standard form of a place as a reference.
  const ref = `geo:${latitude},${longitude}`;
  return [{ kind: "location", contentType: null, ref, name: text("Label") || text("Address") || null }];
}

function isWithin(degrees: string, most: number): boolean {
  return DEGREES.test(degrees) && Math.abs(Number(degrees)) <= most;
}
