import { createFormatAccount, createFormatChangedAccount } from "../../../../api/views/account.ts";
import type { CommandContext } from "../../run-command.ts";

type Work = Pick<CommandContext, "vault" | "config">;

export function createFormat({ vault, config }: Work) {
  return createFormatAccount({ vault, publicBaseUrl: config.PUBLIC_BASE_URL });
}

export function createFormatChanged({ vault, config }: Work) {
  return createFormatChangedAccount({ vault, publicBaseUrl: config.PUBLIC_BASE_URL });
}
