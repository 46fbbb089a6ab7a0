import type { Progress } from "../../../../infra/sandbox/progress.ts";
import { runProgram } from "../../../../infra/sandbox/programs/run-program.ts";
import { NotRun } from "../not-run.ts";
import { needProgram, needRoot } from "./debian-packages.ts";
import { type Forwarder, forwardTcp } from "./forward-tcp.ts";
import { type NetworkNamespace, openNetworkNamespace } from "./network-namespace.ts";

export interface SeparateMachine extends Pick<NetworkNamespace, "enter" | "address" | "cut"> {
  /** Makes a port of the machine reachable under the same port of the host. */
  expose(port: number): Promise<void>;
  close(): Promise<void>;
}

const LOCAL = "127.0.0.1";

/**
 * A network namespace in which servers of the host have their usual address 127.0.0.1. Packets to them use the link to the host, where
 * they can be dropped. Stored addresses stay valid.
 */
export async function openSeparateMachine(
  ports: readonly number[],
  progress: Progress,
): Promise<SeparateMachine> {
  await needNetworks(progress);
  const network = await openNetworkNamespace();
  const forwarders: Forwarder[] = [];
  const close = async () => {
    await Promise.all(forwarders.map((forwarder) => forwarder.close()));
    await network.close();
  };
  try {
    for (const port of ports) {
      const from = { host: network.hostAddress, port };
      forwarders.push(await forwardTcp({ from, to: { host: LOCAL, port } }));
    }
    await sendOver(network, ports);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    enter: network.enter,
    address: network.address,
    cut: network.cut,
    close,
    async expose(port) {
      const to = { host: network.address, port };
      forwarders.push(await forwardTcp({ from: { host: LOCAL, port }, to }));
    },
  };
}

/** Throws `NotRun` on a machine that cannot create network namespaces or drop packets. */
async function needNetworks(progress: Progress): Promise<void> {
  needRoot("A network namespace");
  await needProgram("ip", "iproute2", progress);
  await needProgram("nft", "nftables", progress);
  const trial = await openNetworkNamespace().catch((error: unknown) => {
    throw new NotRun(`this machine cannot create a network namespace: ${String(error)}`);
  });
  await trial.close();
}

async function sendOver({ enter, hostAddress }: NetworkNamespace, ports: readonly number[]): Promise<void> {
  const [command = "", ...prefix] = enter;
  const inside = (...words: string[]) => runProgram(command, [...prefix, ...words], process.env);
  // Allows packets with a local source address to leave; the second rule rewrites the source.
  await inside("sysctl", "-q", "-w", "net.ipv4.conf.all.route_localnet=1");
  await inside("nft", "add table ip parley_route");
  await inside("nft", "add chain ip parley_route out { type nat hook output priority -100; }");
  await inside("nft", "add chain ip parley_route leave { type nat hook postrouting priority 100; }");
  await inside(
    "nft",
    `add rule ip parley_route out ip daddr ${LOCAL} tcp dport { ${ports.join(", ")} } dnat to ${hostAddress}`,
  );
  await inside("nft", `add rule ip parley_route leave ip daddr ${hostAddress} masquerade`);
}
