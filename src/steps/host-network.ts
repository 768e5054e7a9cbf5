/** Addresses of a network namespace, read through a process that lives in it. */
import { readIfThere } from "./host-processes.ts";

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
export async function addressesOf(pid: number): Promise<string[]> {
  const trie = (await readIfThere(`/proc/${pid}/net/fib_trie`)) ?? "";
  const six = (await readIfThere(`/proc/${pid}/net/if_inet6`)) ?? "";
  return [...localAddresses(trie), ...inet6Addresses(six)];
}
