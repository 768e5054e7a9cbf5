/** Addresses of a network namespace, read through a process that lives in it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { readIfThere } from "../kernel/files.ts";

const runFile = promisify(execFile);
const toolTimeoutMs = 20_000;

/** The local IPv4 addresses in a `fib_trie`. */
export function localAddresses(trie: string): string[] {
  const found = new Set<string>();
  let last = "";
  for (const line of trie.split("\n")) {
    const address = /\|-- (\d+\.\d+\.\d+\.\d+)/.exec(line)?.[1];
    last = address ?? last;
    if (/\/32 host LOCAL/.test(line)) {
      found.add(last);
    }
  }
  return [...found];
}

/** The addresses in an `if_inet6`, in the usual short form. */
export function inet6Addresses(table: string): string[] {
  return table
    .split("\n")
    .map((line) => /^[0-9a-f]{32}/.exec(line)?.[0])
    .filter((digits) => digits !== undefined)
    .map((digits) => new URL(`http://[${digits.replaceAll(/(.{4})(?=.)/g, "$1:")}]/`).hostname.slice(1, -1));
}

/** All addresses of the process's network namespace, loopback included. */
export function addressesOf(pid: number): string[] {
  const trie = readIfThere(`/proc/${pid}/net/fib_trie`) ?? "";
  const six = readIfThere(`/proc/${pid}/net/if_inet6`) ?? "";
  return [...localAddresses(trie), ...inet6Addresses(six)];
}

export interface NetworkPeer {
  readonly name: string;
  /** Bits a second of each token bucket on it: what goes into the pod. */
  readonly rates: readonly bigint[];
  /** Those on the devices that it redirects to: what comes out of the pod. */
  readonly redirected: readonly bigint[];
}

/** The host's ends of the virtual cables that lead into the process's network namespace. */
export async function peersOf(pid: number): Promise<NetworkPeer[]> {
  const inside = await linesOf("nsenter", [`--net=/proc/${pid}/ns/net`, "ip", "-o", "link"]);
  // `2: eth0@if17: <…>`: the other end is the host's interface 17.
  const ends = new Set(inside.flatMap((line) => /^\d+: [^:@]+@if(\d+):/.exec(line)?.[1] ?? []));
  const outside = await linesOf("ip", ["-o", "link"]);
  const names = outside.map((line) => /^(\d+): ([^:@]+)[:@]/.exec(line)).flatMap((found) => (found !== null && ends.has(found[1] ?? "") ? (found[2] ?? []) : []));
  return Promise.all(names.map(async (name) => ({ name, rates: await ratesOf(name), redirected: await redirectedRates(name) })));
}

const units: Readonly<Record<string, bigint>> = { "": 1n, K: 1_000n, M: 1_000_000n, G: 1_000_000_000n };

/** The rates in lines such as `qdisc tbf 1: root … rate 10Mbit burst …`. */
export function ratesIn(lines: readonly string[]): bigint[] {
  return lines.flatMap((line) => {
    const found = /^qdisc tbf .* rate (\d+)([KMG]?)bit/.exec(line);
    return found === null ? [] : [BigInt(found[1] ?? "0") * (units[found[2] ?? ""] ?? 1n)];
  });
}

async function ratesOf(name: string): Promise<bigint[]> {
  return ratesIn(await linesOf("tc", ["qdisc", "show", "dev", name]));
}

async function redirectedRates(name: string): Promise<bigint[]> {
  const filters = await linesOf("tc", ["filter", "show", "dev", name, "ingress"]);
  const devices = filters.flatMap((line) => /\(Egress Redirect to device ([^)]+)\)/.exec(line)?.[1] ?? []);
  return (await Promise.all(devices.map(ratesOf))).flat();
}

async function linesOf(tool: string, parameters: readonly string[]): Promise<string[]> {
  const { stdout } = await runFile(tool, [...parameters], { timeout: toolTimeoutMs });
  return stdout.split("\n");
}
