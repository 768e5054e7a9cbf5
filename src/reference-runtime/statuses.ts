/** Containers and sandboxes as statuses and events tell of them. */
import type { Message } from "../cri/message.ts";
import { child, table } from "./fields.ts";
import { imageReference } from "./images.ts";
import type { Container, Sandbox } from "./state.ts";

export function containerStatusMessage(container: Container): Message {
  const { identity } = container;
  return {
    id: container.id, metadata: child(container.config, "metadata") ?? {}, state: container.state, created_at: container.createdAt,
    started_at: container.startedAt, finished_at: container.finishedAt, exit_code: BigInt(container.exitCode), image: child(container.config, "image") ?? {},
    image_ref: imageReference(container.image), image_id: container.image.id, reason: container.reason, message: container.message,
    labels: container.labels, annotations: table(container.config, "annotations"), mounts: container.mounts, log_path: container.logPath,
    resources: { linux: container.resources }, stop_signal: container.stopSignal,
    user: { linux: { uid: BigInt(identity.uid), gid: BigInt(identity.gid), supplemental_groups: identity.groups.map(BigInt) } },
  };
}

export function sandboxStatus(sandbox: Sandbox): Message {
  const options = child(child(child(sandbox.config, "linux"), "security_context"), "namespace_options") ?? {};
  return {
    id: sandbox.id, metadata: child(sandbox.config, "metadata") ?? {}, state: sandbox.state, created_at: sandbox.createdAt,
    network: { ip: sandbox.ip, additional_ips: [] }, linux: { namespaces: { options } },
    labels: sandbox.labels, annotations: table(sandbox.config, "annotations"), runtime_handler: sandbox.handler,
  };
}
