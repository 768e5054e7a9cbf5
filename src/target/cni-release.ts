/** Gives back what a runtime has forgotten: networks whose DEL was made to fail, and that nobody tried again. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../model/errors.ts";

export interface NetworkChain {
  readonly binDir: string;
  /** The chain without the faulty plugin. */
  readonly list: Readonly<Record<string, unknown>>;
  readonly controlDir: string;
}

interface PluginCall {
  readonly command: string;
  readonly container: string;
  readonly netns: string;
  readonly ifname: string;
  readonly fault: string;
}

const pluginMs = 20_000;
/** Where libcni keeps the results of ADD. */
const resultsDir = "/var/lib/cni/results";

/** Calls DEL of each plugin for what has had an ADD and no DEL that worked, and whose namespace is gone. Gives what went wrong. */
export function releaseForgotten(chain: NetworkChain): string[] {
  const open = new Map<string, PluginCall>();
  for (const call of callsOf(chain.controlDir)) {
    if (call.command === "ADD") open.set(call.container, call);
    else if (call.command === "DEL" && call.fault === "none") open.delete(call.container);
  }
  // A namespace that is there belongs to a PodSandbox that lives.
  return [...open.values()].filter(({ netns }) => !existsSync(netns)).flatMap((call) => release(chain, call));
}

function callsOf(controlDir: string): PluginCall[] {
  const file = join(controlDir, "calls.ndjson");
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return lines.filter((line) => line !== "").map((line): PluginCall => {
    const { command, container, netns, ifname, fault }: Partial<Record<keyof PluginCall, unknown>> = JSON.parse(line);
    return { command: String(command), container: String(container), netns: String(netns), ifname: String(ifname), fault: String(fault) };
  });
}

function release({ binDir, list }: NetworkChain, call: PluginCall): string[] {
  const problems: string[] = [];
  const plugins: unknown[] = Array.isArray(list["plugins"]) ? list["plugins"] : [];
  for (const plugin of plugins.toReversed()) {
    if (typeof plugin !== "object" || plugin === null || !("type" in plugin)) continue;
    try {
      execFileSync(join(binDir, String(plugin.type)), {
        input: JSON.stringify({ ...plugin, cniVersion: list["cniVersion"], name: list["name"] }), timeout: pluginMs, stdio: ["pipe", "ignore", "ignore"],
        env: { ...process.env, CNI_COMMAND: "DEL", CNI_CONTAINERID: call.container, CNI_NETNS: "", CNI_IFNAME: call.ifname, CNI_PATH: binDir },
      });
    } catch (thrown) {
      problems.push(`network of ${call.container}: ${messageOf(thrown)}`);
    }
  }
  rmSync(join(resultsDir, `${String(list["name"])}-${call.container}-${call.ifname}`), { force: true });
  return problems;
}
