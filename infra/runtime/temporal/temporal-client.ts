import { fileURLToPath } from "node:url";
import { Client, Connection, type ConnectionLike } from "@temporalio/client";
import type { DataConverter } from "@temporalio/common";
import { loadClientConnectConfig } from "@temporalio/envconfig";
import type { NativeConnectionOptions } from "@temporalio/worker";
import { createDayKeys } from "../encryption/day-keys.ts";
import { UserError } from "../errors.ts";
import type { MasterKey } from "../encryption/keyring.ts";
import type { ProxySettings } from "../network/proxy-routes.ts";
import { createPayloadCodec } from "./payload-codec.ts";
import { toTemporalProxy } from "./temporal-proxy.ts";

export interface TemporalSettings {
  address: string;
  namespace: string;
  /** TEMPORAL_ACCEPT_PLAIN_PAYLOADS */
  acceptPlain?: boolean;
  proxies?: ProxySettings;
}

/** Clients and workers must use the same converter, or they cannot read each other's payloads. */
export function createDataConverter(keys: readonly MasterKey[], acceptPlain = false): DataConverter {
  return {
    payloadCodecs: [createPayloadCodec({ keys: createDayKeys(keys), acceptPlain })],
    failureConverterPath: fileURLToPath(new URL("./failure-converter.ts", import.meta.url)),
  };
}

/**
 * Address, TLS and API key from Temporal's own variables and profile file, such as TEMPORAL_API_KEY, TEMPORAL_TLS_CLIENT_CERT_PATH,
 * TEMPORAL_TLS_CLIENT_KEY_PATH and TEMPORAL_TLS_SERVER_CA_CERT_PATH. For both clients of the SDK.
 */
export function temporalConnectionOptions({ address, proxies = {} }: TemporalSettings) {
  const { connectionOptions } = readOwnVariables();
  const isHosted = connectionOptions.tls !== undefined && connectionOptions.tls !== false;
  return { ...connectionOptions, address, ...toTemporalProxy(isHosted ? address : null, proxies) };
}

/** Of a worker. Without the SDK's gzip: the payloads are encrypted and a few hundred bytes long, so it costs CPU time and saves nothing. */
export function temporalWorkerOptions(settings: TemporalSettings): NativeConnectionOptions {
  return { ...temporalConnectionOptions(settings), grpcCompression: { codec: "none" } };
}

function readOwnVariables() {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`A TEMPORAL_* variable or Temporal's profile file is wrong: ${why}`, {
      cause: error,
    });
  }
}

/** A lazy connection: while Temporal is unavailable, the ingress starts and stores messages. */
export function connectTemporal(settings: TemporalSettings, keys: readonly MasterKey[]): Client {
  return createTemporalClient(Connection.lazy(temporalConnectionOptions(settings)), settings, keys);
}

export function createTemporalClient(
  connection: ConnectionLike,
  { namespace, acceptPlain }: TemporalSettings,
  keys: readonly MasterKey[],
): Client {
  return new Client({ connection, namespace, dataConverter: createDataConverter(keys, acceptPlain) });
}

export function temporalSettings(
  config: {
    TEMPORAL_ADDRESS: string;
    TEMPORAL_NAMESPACE: string;
    TEMPORAL_ACCEPT_PLAIN_PAYLOADS?: boolean;
  } & ProxySettings,
): TemporalSettings {
  return {
    proxies: config,
    address: config.TEMPORAL_ADDRESS,
    namespace: config.TEMPORAL_NAMESPACE,
    acceptPlain: config.TEMPORAL_ACCEPT_PLAIN_PAYLOADS ?? false,
  };
}
