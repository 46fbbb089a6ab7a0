import { freePorts } from "../../../../../infra/sandbox/ports.ts";
import { findPeerProgram } from "../contestants/peers.ts";
import type { ServiceSpec } from "../../../../../infra/sandbox/processes/supervisor.ts";

export interface RestateService {
  spec: ServiceSpec;
  ingressUrl: string;
  adminUrl: string;
}

/** One node of the Restate server from npm (Business Source License; used only for comparison). By default it syncs its log before an acknowledgement. */
export async function restateService(dir: string): Promise<RestateService> {
  const [ingress = 0, admin = 0, node = 0] = await freePorts(3);
  const adminUrl = `http://127.0.0.1:${admin}`;
  const spec = {
    name: "restate",
    // npm chose the package for this machine.
    command: findPeerProgram(
      `@restatedev/restate-server-${process.platform}-${process.arch}`,
      "restate-server",
    ),
    // The default of 24 partitions is for clusters; two partitions are fastest on two cores.
    args: ["--base-dir", dir, "--default-num-partitions", "2", "--no-logo"],
    env: {
      ...(process.env as Record<string, string>),
      RESTATE_DISABLE_TELEMETRY: "true",
      RESTATE_LISTEN_MODE: "tcp",
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_LOG_FILTER: "warn",
    },
    isReady: async () => (await fetch(`${adminUrl}/health`)).ok,
  };
  return { spec, adminUrl, ingressUrl: `http://127.0.0.1:${ingress}` };
}
