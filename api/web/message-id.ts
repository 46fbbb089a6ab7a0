/** The client's id is told apart by conversation: nobody's message may be dropped because somebody else used the same id. */
export function providerIdOf(conversationId: string, clientId: string): string {
  return `${conversationId}:${clientId}`;
}

export function clientIdOf(providerId: string): string {
  return providerId.slice(providerId.indexOf(":") + 1);
}
