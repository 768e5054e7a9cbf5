/** All mutants, by operator from the proto. */
import { criSchema, type RpcSchema } from "../cri/schema.ts";
import { streamedLists, unaryHandlers } from "../reference-runtime/handlers.ts";
import { changesOf } from "./field-changes.ts";
import { changeAt, fieldPaths, type FieldPath, nameOf } from "./field-path.ts";
import type { Mutant } from "./mutant.ts";
import { rpcMutants } from "./rpc-operators.ts";

/** The RPCs that the reference runtime can get wrong: those that it has. */
function carriedRpcs(): RpcSchema[] {
  return [...criSchema("v1").rpcs.values()].filter((rpc) => rpc.name === "GetContainerEvents" || unaryHandlers.has(rpc.name) || streamedLists.has(rpc.name));
}

/** Every mutant, in a stable order. */
export function generateMutants(rpcs: readonly RpcSchema[] = carriedRpcs()): Mutant[] {
  return rpcs.flatMap((rpc) => [...rpcMutants(rpc), ...fieldMutants(rpc, "request"), ...fieldMutants(rpc, "response")]);
}

function fieldMutants(rpc: RpcSchema, side: "request" | "response"): Mutant[] {
  const type = side === "request" ? rpc.requestType : rpc.responseType;
  const measured = /Stats|Metrics|ImageFsInfo/.test(rpc.name) && side === "response";
  return fieldPaths(type, leaveOf(rpc, side)).flatMap((path) => {
    const field = path.at(-1);
    return field === undefined ? [] : changesOf(field, side === "request" ? "dropped" : "missing", measured).map(({ name, about, change }): Mutant => ({
      id: `${side}.${rpc.name}.${nameOf(path)}.${name}`, operator: side, rpc: rpc.name, field: nameOf(path),
      about: `${nameOf(path)} of ${type} ${about}`,
      make: (touched) => {
        const apply = (message: Parameters<typeof changeAt>[0]): typeof message => {
          const changed = changeAt(message, path, change);
          if (changed !== undefined) touched();
          return changed ?? message;
        };
        return [side === "request" ? { rpc: rpc.name, before: apply } : { rpc: rpc.name, after: apply }];
      },
    }));
  });
}

/** What a caller tells of a PodSandbox's size is information, and may do nothing. */
const sizes: ReadonlySet<string> = new Set(["overhead", "resources"]);

/** Fields for another system are not there; the sandbox's config beside a container's is one thing: RunPodSandbox has its fields. So is what is information only. */
function leaveOf(rpc: RpcSchema, side: "request" | "response"): (path: FieldPath) => "skip" | "leaf" | undefined {
  return (path) => {
    const name = path.at(-1)?.name ?? "";
    if (/windows/.test(name)) return "skip";
    if (side === "request" && sizes.has(name) && (rpc.name === "UpdatePodSandboxResources" || path.at(-2)?.type.name === "LinuxPodSandboxConfig")) return "leaf";
    return side === "request" && name === "sandbox_config" && rpc.name !== "RunPodSandbox" ? "leaf" : undefined;
  };
}
