/** Which RPCs a runtime implements, found out without changing anything of it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CriClient } from "../cri/client.ts";
import type { Message } from "../cri/message.ts";
import { criSchema } from "../cri/schema.ts";

/** Names objects that were never made: no runtime gives such an id to two of them. */
const absent = "c417e41a".repeat(8);
const absentImage = { image: `criteria.invalid/absent:${absent.slice(0, 8)}` };
const pod = { pod_sandbox_id: absent };
const container = { container_id: absent };
const list = { filter: { id: absent } };
const absentPath = `/nonexistent/${absent}`;

/** Not asked: each would make something, and no runtime is without them. */
const assumed: ReadonlySet<string> = new Set(["RunPodSandbox", "CreateContainer", "PullImage"]);

/** RPCs that are not here are asked with an empty request: they change nothing without fields. */
const requests: Readonly<Record<string, Message>> = {
  StopPodSandbox: pod, RemovePodSandbox: pod, PodSandboxStatus: pod, PodSandboxStats: pod, UpdatePodSandboxResources: pod,
  ListPodSandbox: list, StreamPodSandboxes: list, ListPodSandboxStats: list, StreamPodSandboxStats: list,
  StartContainer: container, StopContainer: container, RemoveContainer: container, ContainerStatus: container,
  ReopenContainerLog: container, ContainerStats: container, UpdateContainerResources: { ...container, linux: {} },
  ListContainers: list, StreamContainers: list, ListContainerStats: list, StreamContainerStats: list,
  ExecSync: { ...container, cmd: ["true"], timeout: 1n }, Exec: { ...container, cmd: ["true"], stdout: true },
  Attach: { ...container, stdout: true }, PortForward: { ...pod, port: [1n] },
  CheckpointContainer: { ...container, location: absentPath, timeout: 1n }, CheckpointPod: { ...pod, output_path: absentPath },
  RestorePod: { checkpoint_path: absentPath },
  ListImages: { filter: { image: absentImage } }, StreamImages: { filter: { image: absentImage } },
  ImageStatus: { image: absentImage }, RemoveImage: { image: absentImage },
};

/** An event stream that was not refused by then is one. */
const eventWaitMs = 200;

/** The RPCs that the runtime does not answer with UNIMPLEMENTED, in the order of the proto. */
export async function answeredRpcs(client: CriClient, deadlineMs: number): Promise<string[]> {
  const names = [...criSchema(client.api).rpcs.keys()];
  const answered = await Promise.all(names.map((name) => answers(client, name, deadlineMs)));
  return names.filter((_name, index) => answered[index] === true);
}

async function answers(client: CriClient, name: string, deadlineMs: number): Promise<boolean> {
  if (assumed.has(name)) return true;
  if (name === "GetContainerEvents") return streamsEvents(client, deadlineMs);
  const answer = await client.call(name, requests[name] ?? {}, { deadlineMs });
  return answer.code !== "UNIMPLEMENTED";
}

async function streamsEvents(client: CriClient, deadlineMs: number): Promise<boolean> {
  const stream = client.open("GetContainerEvents", {}, { deadlineMs });
  await Promise.race([stream.ended, sleep(eventWaitMs)]);
  stream.cancel();
  return (await stream.ended).code !== "UNIMPLEMENTED";
}
