import { nowNs } from "./clock.ts";
import type { Sandbox, State } from "./state.ts";
import { containerStatusMessage, sandboxStatus } from "./statuses.ts";

type EventType = "CONTAINER_CREATED_EVENT" | "CONTAINER_STARTED_EVENT" | "CONTAINER_STOPPED_EVENT" | "CONTAINER_DELETED_EVENT";

/** Tells all subscribers; a sandbox goes by its own id (GetContainerEvents-05). */
export function publish(state: State, sandbox: Sandbox, id: string, type: EventType): void {
  state.events.publish({
    container_id: id, container_event_type: type, created_at: nowNs(),
    pod_sandbox_status: sandboxStatus(sandbox), containers_statuses: state.containersOf(sandbox).map(containerStatusMessage),
  });
}
