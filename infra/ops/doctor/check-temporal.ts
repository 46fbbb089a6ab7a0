import { Connection, isGrpcServiceError } from "@temporalio/client";
import { SEARCH_ATTRIBUTES } from "../../../workflows/names.ts";
import type { Config } from "../../runtime/config.ts";
import { temporalConnectionOptions, temporalSettings } from "../../runtime/temporal.ts";
import type { Finding, PartCheck } from "./part.ts";

/** Longer than the longest redelivery of a channel (Meta, 7 days), with a margin for clocks and time zones. */
const RETENTION_DAYS = 9;
const DAY_SECONDS = 24 * 60 * 60;
/** Below the limit of the whole check, so that the connection is closed by then. */
const CONNECT_MS = 2_000;
const CALL_MS = 2_500;
/** gRPC status of an unknown namespace, and of a caller without or with a wrong key. */
const NOT_FOUND = 5;
const REFUSED = [7, 16];

/** The server answers, the namespace keeps closed workflows long enough and knows our search attributes. */
export function temporalCheck(config: Config): PartCheck {
  const settings = temporalSettings(config);
  return {
    part: "Temporal",
    fix: `Start Temporal, or correct TEMPORAL_ADDRESS (now ${settings.address}).`,
    async check() {
      const options = { ...temporalConnectionOptions(settings), connectTimeout: CONNECT_MS };
      const connection = await connect(options);
      try {
        return await connection.withDeadline(Date.now() + CALL_MS, () => inspect(connection, settings));
      } catch (error) {
        const refusal = isGrpcServiceError(error) ? refused(error.code, settings) : null;
        if (refusal === null) throw error;
        return refusal;
      } finally {
        await connection.close();
      }
    },
  };
}
