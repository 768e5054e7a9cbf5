import { milliseconds, NotSimulated, Options, UsageError, wholeNumber } from "./program-options.ts";
import type { Command } from "./program.ts";

/** Subcommands about the pod's interfaces and other pods; what lies beyond the pods takes a kernel. */
export const networkCommands: Readonly<Record<string, Command>> = {
  connect: (args, _api, world) => {
    const options = new Options(args, ["send", "timeout", "source-port"]);
    milliseconds(options.last("timeout", "5s"));
    const [target = ""] = options.rest;
    if (options.rest.length !== 1) throw new UsageError("wrong number of arguments");
    const match = /^(?:tcp:\/\/)?([0-9.]+):(\d+)$/.exec(target);
    if (match === null) throw new NotSimulated(`connect ${target}`);
    const received = world.exchange(match[1] ?? "", wholeNumber(match[2] ?? ""), options.last("send", ""));
    return received === undefined ? { connected: false, errno: "ECONNREFUSED" } : { connected: true, local: `${world.address}:40000`, received };
  },
  interfaces: (args, _api, world) => {
    if (args.length > 0) throw new UsageError(`unexpected argument ${args[0] ?? ""}`);
    const lo = { name: "lo", up: true, mtu: 65_536, addresses: ["127.0.0.1"] };
    if (world.address === "") throw new NotSimulated("interfaces of the host");
    return { interfaces: [lo, { name: "eth0", up: true, mtu: 1500, addresses: [world.address] }] };
  },
};
