import { createFormatAccount } from "../../../../api/views/account.ts";
import type { CommandContext } from "../../run-command.ts";

export function createFormat({ vault, config }: Pick<CommandContext, "vault" | "config">) {
  return createFormatAccount({ vault, publicBaseUrl: config.PUBLIC_BASE_URL });
}
