/** Prefixed with the conversation: an equal id in another conversation must not make this message a duplicate. */
export function providerIdOf(conversationId: string, clientId: string): string {
  return `${conversationId}:${clientId}`;
}

export function clientIdOf(providerId: string): string {
  return providerId.slice(providerId.indexOf(":") + 1);
}
