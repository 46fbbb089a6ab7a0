/** The origins of a server's own pages; on one's own machine they are opened by either name. */
export function ownOrigins(publicBaseUrl: string): string[] {
  const url = new URL(publicBaseUrl);
  const names = ["127.0.0.1", "localhost"];
  if (!names.includes(url.hostname)) return [url.origin];
  return names.map((name) => url.origin.replace(url.hostname, name));
}
