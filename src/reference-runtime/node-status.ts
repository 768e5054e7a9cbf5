import { isIP } from "node:net";
import type { Message } from "../cri/message.ts";
import { referenceRuntimeName } from "../model/reference.ts";
import { refuse } from "./call-error.ts";
import { child, text } from "./fields.ts";
import { handlers, type State } from "./state.ts";

export function version(): Message {
  return { version: "0.1.0", runtime_name: referenceRuntimeName, runtime_version: "0.1.0", runtime_api_version: "v1" };
}

/** Status: features say what is true of simulated processes, which is little. */
export function status(state: State, request: Message): Message {
  const ready = (type: string): Message => ({ type, status: true, reason: "", message: "" });
  const info = request["verbose"] === true ? { info: { config: JSON.stringify({ stateDir: state.stateDir, simulated: true }) } } : {};
  return {
    status: { conditions: [ready("RuntimeReady"), ready("NetworkReady")] },
    runtime_handlers: handlers.map((name) => ({ name, features: { recursive_read_only_mounts: false, user_namespaces: false } })),
    features: { supplemental_groups_policy: true, user_namespaces_host_network: false, mount_options: false },
    ...info,
  };
}

export function runtimeConfig(): Message {
  return { linux: { cgroup_driver: "CGROUPFS" } };
}

/** UpdateRuntimeConfig: looked at and forgotten; the addresses here are simulated. */
export function updateRuntimeConfig(state: State, request: Message): Message {
  const cidr = text(child(child(request, "runtime_config"), "network_config"), "pod_cidr");
  if (cidr === "") return {};
  for (const one of cidr.split(",")) if (!isCidr(one)) refuse("INVALID_ARGUMENT", `${JSON.stringify(one)} is no CIDR`);
  state.logger.debug(`pod CIDR ${cidr}`);
  return {};
}

function isCidr(text: string): boolean {
  const [address = "", length = "", ...more] = text.split("/");
  const family = isIP(address);
  return family !== 0 && more.length === 0 && /^\d+$/.test(length) && Number(length) <= (family === 4 ? 32 : 128);
}
