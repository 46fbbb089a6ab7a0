import { runProgram } from "../../../../infra/sandbox/programs/run-program.ts";

/** The direction of lost packets, as seen from inside the namespace. */
export type Direction = "requests" | "replies" | "both";

export interface NetworkCut {
  /** The number of packets that the kernel has dropped for this cut. */
  dropped(): Promise<number>;
  heal(): Promise<void>;
}

export interface NetworkNamespace {
  /** The address of the host for processes inside. */
  hostAddress: string;
  /** The address of the namespace for the host. */
  address: string;
  /** The prefix of a command that runs inside. The process keeps its pid. */
  enter: readonly string[];
  /** Drops packets to or from ports of the host without an error to either side. */
  cut(ports: readonly number[], direction: Direction): Promise<NetworkCut>;
  close(): Promise<void>;
}

const TABLE = ["inet", "parley_faults"];
let opened = 0;

/** Opens a network namespace with one link to the host. No packet leaves the host. */
export async function openNetworkNamespace(): Promise<NetworkNamespace> {
  const name = `parley-${process.pid}-${opened}`;
  // Names of network devices have at most 15 characters.
  const [outside, inside] = [`pf${process.pid}o${opened}`, `pf${process.pid}i${opened}`];
  const block = `10.231.${process.pid % 250}.${(opened++ % 60) * 4}`.split(".").map(Number);
  const [hostAddress, address] = [nth(block, 1), nth(block, 2)];
  const enter = ["ip", "netns", "exec", name];
  const close = async () => {
    await ip("link", "del", outside).catch(() => undefined);
    await ip("netns", "del", name).catch(() => undefined);
  };
  try {
    await ip("netns", "add", name);
    await ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name);
    await ip("addr", "add", `${hostAddress}/30`, "dev", outside);
    await ip("link", "set", outside, "up");
    for (const device of [inside, "lo"]) await ip("-n", name, "link", "set", device, "up");
    await ip("-n", name, "addr", "add", `${address}/30`, "dev", inside);
    await nft(name, "add", "table", ...TABLE);
  } catch (error) {
    await close();
    throw error;
  }
  let cuts = 0;
  return {
    hostAddress,
    address,
    enter,
    close,
    cut: (ports, direction) => cutPorts({ name, label: `cut${cuts++}`, hostAddress, ports, direction }),
  };
}

interface CutRequest {
  name: string;
  label: string;
  hostAddress: string;
  ports: readonly number[];
  direction: Direction;
}

async function cutPorts({ name, label, hostAddress, ports, direction }: CutRequest): Promise<NetworkCut> {
  const set = `{ ${ports.join(", ")} }`;
  const halves = [
    { half: "requests", hook: "output", match: `ip daddr ${hostAddress} tcp dport ${set}` },
    { half: "replies", hook: "input", match: `ip saddr ${hostAddress} tcp sport ${set}` },
  ].filter(({ half }) => direction === "both" || direction === half);
  await nft(name, "add", "counter", ...TABLE, label);
  for (const { hook, match } of halves) {
    await nft(name, `add chain ${TABLE.join(" ")} ${label}_${hook} { type filter hook ${hook} priority 0; }`);
    await nft(name, `add rule ${TABLE.join(" ")} ${label}_${hook} ${match} counter name ${label} drop`);
  }
  return {
    dropped: async () => packetsOf(await nft(name, "-j", "list", "counter", ...TABLE, label)),
    async heal() {
      for (const { hook } of halves) {
        await nft(name, "flush", "chain", ...TABLE, `${label}_${hook}`);
        await nft(name, "delete", "chain", ...TABLE, `${label}_${hook}`);
      }
    },
  };
}

function packetsOf(json: string): number {
  const { nftables } = JSON.parse(json) as { nftables: { counter?: { packets: number } }[] };
  return nftables.find(({ counter }) => counter !== undefined)?.counter?.packets ?? 0;
}

function nth(block: number[], n: number): string {
  return block.map((part, i) => (i === 3 ? part + n : part)).join(".");
}

function ip(...args: string[]): Promise<string> {
  return runProgram("ip", args, process.env);
}

function nft(namespace: string, ...args: string[]): Promise<string> {
  return runProgram("ip", ["netns", "exec", namespace, "nft", ...args], process.env);
}
