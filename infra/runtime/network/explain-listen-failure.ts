import { UserError } from "../errors.ts";

/** Why a server cannot listen, by the setting that has to be changed. Other errors stay as they are. */
export function explainListenFailure(
  error: unknown,
  { host, port, portSetting = "PORT" }: { host: string; port: number; portSetting?: string },
): unknown {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "EADDRINUSE")
    return new UserError(
      `${portSetting}: another process listens on port ${port} of ${host}. Use another port.`,
    );
  if (code === "EACCES")
    return new UserError(
      `${portSetting}: this user may not listen on port ${port}. Use a port from 1024 on.`,
    );
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new UserError(
      `HOST: this machine has no network interface "${host}". Use 127.0.0.1, or 0.0.0.0 for all.`,
    );
  return error;
}
