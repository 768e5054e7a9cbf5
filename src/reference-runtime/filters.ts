import type { Message } from "../cri/message.ts";
import { child, enumName, table, text } from "./fields.ts";

/** What a filter can ask of an object. */
export interface Filterable {
  readonly id: string;
  readonly state?: string;
  readonly sandboxId?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether the object passes: every field that is set must agree; a selector entry is an exact match. */
export function passes(object: Filterable, filter: Message | undefined, firstState: string): boolean {
  if (filter === undefined) return true;
  const id = text(filter, "id");
  if (id !== "" && id !== object.id) return false;
  const sandboxId = text(filter, "pod_sandbox_id");
  if (sandboxId !== "" && sandboxId !== object.sandboxId) return false;
  const state = child(filter, "state");
  if (state !== undefined && enumName(state, "state", firstState) !== object.state) return false;
  return Object.entries(table(filter, "label_selector")).every(([key, value]) => object.labels[key] === value);
}
