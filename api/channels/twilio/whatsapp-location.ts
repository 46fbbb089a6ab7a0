import type { InboundMedia } from "../channel.ts";
import type { TwilioForm } from "./twilio-form.ts";

/** A decimal number as Twilio writes it; `Number` alone would read a place out of an empty field. */
const DEGREES = /^-?\d{1,3}(\.\d{1,20})?$/;

/** A shared place, or nothing where the form holds none that lies on the earth. */
export function whatsappLocation({ text }: TwilioForm): InboundMedia[] {
  const [latitude, longitude] = [text("Latitude"), text("Longitude")];
  if (!isWithin(latitude, 90) || !isWithin(longitude, 180)) return [];
  // RFC 5870: the one way to write a place as a reference.
  const ref = `geo:${latitude},${longitude}`;
  return [{ kind: "location", contentType: null, ref, name: text("Label") || text("Address") || null }];
}

function isWithin(degrees: string, most: number): boolean {
  return DEGREES.test(degrees) && Math.abs(Number(degrees)) <= most;
}
