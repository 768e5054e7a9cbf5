import type { Message } from "../cri/message.ts";
import { checkpointContainer, checkpointPod, restorePod } from "./checkpoints.ts";
import { containerStatus, createContainer, listContainers, removeContainer, updateContainerResources } from "./containers.ts";
import { imageFsInfo, imageStatus, listImages, pullImage, removeImage } from "./images.ts";
import { execSync, reopenContainerLog, startContainer, stopContainer } from "./lifecycle.ts";
import { listMetricDescriptors, listPodSandboxMetrics } from "./metrics.ts";
import { runtimeConfig, status, updateRuntimeConfig, version } from "./node-status.ts";
import { portForwardUrl } from "./port-forward.ts";
import { listPodSandbox, podSandboxStatus, removePodSandbox, runPodSandbox, stopPodSandbox, updatePodSandboxResources } from "./sandboxes.ts";
import type { CallContext, State } from "./state.ts";
import { containerStats, listContainerStats, listPodSandboxStats, podSandboxStats } from "./stats.ts";
import { attachUrl, execUrl } from "./stream-urls.ts";

export type Handler = (state: State, request: Message, context: CallContext) => Message | Promise<Message>;

/** Every unary RPC that there is; a missing one answers UNIMPLEMENTED. */
export const unaryHandlers: ReadonlyMap<string, Handler> = new Map<string, Handler>(Object.entries({
  Version: version, Status: status, RuntimeConfig: runtimeConfig, UpdateRuntimeConfig: updateRuntimeConfig,
  RunPodSandbox: runPodSandbox, StopPodSandbox: stopPodSandbox, RemovePodSandbox: removePodSandbox, PodSandboxStatus: podSandboxStatus,
  ListPodSandbox: listPodSandbox, UpdatePodSandboxResources: updatePodSandboxResources,
  CreateContainer: createContainer, StartContainer: startContainer, StopContainer: stopContainer, RemoveContainer: removeContainer,
  ListContainers: listContainers, ContainerStatus: containerStatus, UpdateContainerResources: updateContainerResources,
  ReopenContainerLog: reopenContainerLog, ExecSync: execSync, Exec: execUrl, Attach: attachUrl, PortForward: portForwardUrl,
  ContainerStats: containerStats, ListContainerStats: listContainerStats, PodSandboxStats: podSandboxStats, ListPodSandboxStats: listPodSandboxStats,
  ListMetricDescriptors: listMetricDescriptors, ListPodSandboxMetrics: listPodSandboxMetrics,
  CheckpointContainer: checkpointContainer, CheckpointPod: checkpointPod, RestorePod: restorePod,
  ListImages: listImages, ImageStatus: imageStatus, PullImage: pullImage, RemoveImage: removeImage, ImageFsInfo: imageFsInfo,
} satisfies Record<string, Handler>));

/** A streamed list: the unary RPC whose items it sends, and what the items are called on each side. */
export interface StreamedList {
  readonly unary: string;
  readonly from: string;
  readonly to: string;
}

export const streamedLists: ReadonlyMap<string, StreamedList> = new Map(Object.entries({
  StreamPodSandboxes: { unary: "ListPodSandbox", from: "items", to: "pod_sandboxes" },
  StreamContainers: { unary: "ListContainers", from: "containers", to: "containers" },
  StreamContainerStats: { unary: "ListContainerStats", from: "stats", to: "container_stats" },
  StreamPodSandboxStats: { unary: "ListPodSandboxStats", from: "stats", to: "pod_sandbox_stats" },
  StreamPodSandboxMetrics: { unary: "ListPodSandboxMetrics", from: "pod_metrics", to: "pod_sandbox_metrics" },
  StreamImages: { unary: "ListImages", from: "images", to: "images" },
}));
