/** Runtimes that hang, send garbage or never end: for each RPC, and each way. A case must blame them, and end. */
import { criSchema, type RpcSchema } from "../cri/schema.ts";
import type { Message } from "../cri/message.ts";
import { type Mutator, wireFaults } from "../reference-runtime/mutators/mutator.ts";
import type { Mutant } from "./mutant.ts";

const abouts: Readonly<Record<string, string>> = {
  hang: "never answers", "lost-answer": "does what was asked, and never answers", garbage: "answers bytes that are no message", "no-frame": "answers bytes that are no gRPC frame",
  close: "closes the connection", reset: "resets the stream", huge: "answers 64 MiB", endless: "sends messages without end", "no-status": "ends its answer without a status",
  trickle: "sends its answer a byte a second",
};

/** URLs that lead nowhere, each in its way. */
const urls: Readonly<Record<string, string>> = {
  "url-refused": "http://127.0.0.1:1/nobody", "url-silent": "http://192.0.2.1:80/nowhere", "url-empty": "", "url-garbage": "no URL at all", "url-other-scheme": "gopher://127.0.0.1/",
};
const givesUrl: ReadonlySet<string> = new Set(["Exec", "Attach", "PortForward"]);
/** What is asked again and again until it changes. */
const polled = /^(?:ContainerStatus|PodSandboxStatus|ListContainers|ListPodSandbox|ImageStatus|ListImages)$/;

/** All of them, for the RPCs given. */
export function hostileMutants(rpcs: readonly RpcSchema[] = [...criSchema("v1").rpcs.values()]): Mutant[] {
  return rpcs.flatMap((rpc) => [
    ...wireFaults.map((fault) => make(rpc.name, fault, abouts[fault] ?? fault, (touched) => ({ rpc: rpc.name, wire: { fault, seen: touched } }))),
    ...(givesUrl.has(rpc.name) ? Object.entries(urls).map(([id, url]) => make(rpc.name, id, `answers the URL '${url}'`, (touched) => ({ rpc: rpc.name, after: (response) => { touched(); return { ...response, url }; } }))) : []),
    ...(polled.test(rpc.name) ? [make(rpc.name, "frozen", "answers for ever what it answered first", frozen(rpc.name))] : []),
  ]);
}

function make(rpc: string, id: string, about: string, fault: (touched: () => void) => Mutator): Mutant {
  return { id: `hostile.${rpc}.${id}`, operator: "hostile", rpc, about, make: (touched) => [fault(touched)] };
}

function frozen(rpc: string): (touched: () => void) => Mutator {
  return (touched) => {
    const first = new Map<string, Message>();
    return {
      rpc,
      after: (response, request) => {
        const key = JSON.stringify(request, (_name, value: unknown) => (typeof value === "bigint" ? String(value) : value));
        const known = first.get(key);
        if (known === undefined) first.set(key, response);
        else touched();
        return known ?? response;
      },
    };
  };
}
