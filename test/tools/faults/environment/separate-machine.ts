import type { Progress } from "../../../../infra/sandbox/progress.ts";
import { runProgram } from "../../../../infra/sandbox/programs/run-program.ts";
import { NotRun } from "../not-run.ts";
import { needProgram, needRoot } from "./debian-packages.ts";
import { type Forwarder, forwardTcp } from "./forward-tcp.ts";
import { type NetworkNamespace, openNetworkNamespace } from "./network-namespace.ts";

export interface SeparateMachine extends Pick<NetworkNamespace, "enter" | "address" | "cut"> {
  /** The rest of the world reaches a port of it under the same number here. */
  expose(port: number): Promise<void>;
  close(): Promise<void>;
}

const LOCAL = "127.0.0.1";

/**
 * A network of its own in which servers of this machine are found where they are found outside, at 127.0.0.1: what goes there is
 * sent over the cable, on which it can be lost. Addresses that are stored somewhere so stay true.
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

/** Networks can be made and packets be dropped here, or the campaign is not run. */
async function needNetworks(progress: Progress): Promise<void> {
  needRoot("A network of its own");
  await needProgram("ip", "iproute2", progress);
  await needProgram("nft", "nftables", progress);
  const trial = await openNetworkNamespace().catch((error: unknown) => {
    throw new NotRun(`no network of its own can be made here: ${String(error)}`);
  });
  await trial.close();
}

async function sendOver({ enter, hostAddress }: NetworkNamespace, ports: readonly number[]): Promise<void> {
  const [command = "", ...prefix] = enter;
  const inside = (...words: string[]) => runProgram(command, [...prefix, ...words], process.env);
  // Packets with a local source may leave; their source is then rewritten.
  await inside("sysctl", "-q", "-w", "net.ipv4.conf.all.route_localnet=1");
  await inside("nft", "add table ip parley_way");
  await inside("nft", "add chain ip parley_way out { type nat hook output priority -100; }");
  await inside("nft", "add chain ip parley_way leave { type nat hook postrouting priority 100; }");
  await inside(
    "nft",
    `add rule ip parley_way out ip daddr ${LOCAL} tcp dport { ${ports.join(", ")} } dnat to ${hostAddress}`,
  );
  await inside("nft", `add rule ip parley_way leave ip daddr ${hostAddress} masquerade`);
}
