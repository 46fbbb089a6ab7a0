/** Business-scoped user id: a country, perhaps ENT (the parent business's scope), and what only Meta can read. Kept byte for byte. */
const USER_ID = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/;

/** Tells WhatsApp's two kinds of address apart: what is no business-scoped user id is a phone number. */
export function isWhatsappUserId(address: string): boolean {
  return USER_ID.test(address);
}
