import type { Message } from "../cri/message.ts";
import { nowNs } from "./clock.ts";
import { containerStatusMessage } from "./containers.ts";
import { child, table } from "./fields.ts";
import type { Sandbox, State } from "./state.ts";

type EventType = "CONTAINER_CREATED_EVENT" | "CONTAINER_STARTED_EVENT" | "CONTAINER_STOPPED_EVENT" | "CONTAINER_DELETED_EVENT";

/** Tells all subscribers; a sandbox goes by its own id (GetContainerEvents-05). */
export function publish(state: State, sandbox: Sandbox, id: string, type: EventType): void {
  state.events.publish({
    container_id: id, container_event_type: type, created_at: nowNs(),
    pod_sandbox_status: sandboxStatus(sandbox), containers_statuses: state.containersOf(sandbox).map(containerStatusMessage),
  });
}

export function sandboxStatus(sandbox: Sandbox): Message {
  const options = child(child(child(sandbox.config, "linux"), "security_context"), "namespace_options") ?? {};
  return {
    id: sandbox.id, metadata: child(sandbox.config, "metadata") ?? {}, state: sandbox.state, created_at: sandbox.createdAt,
    network: { ip: sandbox.ip, additional_ips: [] }, linux: { namespaces: { options } },
    labels: sandbox.labels, annotations: table(sandbox.config, "annotations"), runtime_handler: sandbox.handler,
  };
}
