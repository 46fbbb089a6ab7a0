interface DatabaseSettings {
  DATABASE_URL: string;
  DATABASE_DIRECT_URL?: string | undefined;
}

/** For statements and transactions. With a direct address, this one leads to a pooler. */
export function pooledDatabase({ DATABASE_URL: url, DATABASE_DIRECT_URL: direct }: DatabaseSettings) {
  return { url, isPooled: direct !== undefined };
}

/** For what needs a session of its own: notifications, locks of a session, migrations. */
export function directDatabaseUrl({
  DATABASE_URL: url,
  DATABASE_DIRECT_URL: direct,
}: DatabaseSettings): string {
  return direct ?? url;
}
