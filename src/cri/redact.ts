/** Secrets never reach evidence. */
import type { Answer } from "./client.ts";
import { encodeMessage } from "./convert.ts";
import type { ApiVersion, Message } from "./message.ts";
import type { CriSchema } from "./schema.ts";
import { criSchema, typesLeadingTo } from "./schema.ts";

const secretFields: ReadonlySet<string> = new Set(["password", "auth", "identity_token", "registry_token"]);
/** What stands for a secret; an empty one stays empty, since that tells something. */
const blank = "[redacted]";

/** A copy of the request in which every AuthConfig has its secrets blanked. */
export function redactRequest(rpc: string, message: Message, api: ApiVersion = "v1"): Message {
  const schema = criSchema(api);
  const type = schema.rpcs.get(rpc)?.requestType;
  return type === undefined ? message : redactMessage(schema, type, message);
}

/** The bytes of the redacted request; those that were sent where the type has no room for a secret. */
export function redactRequestBytes({ rpc, request, requestBytes }: Pick<Answer, "rpc" | "request" | "requestBytes">, api: ApiVersion = "v1"): Uint8Array {
  const type = criSchema(api).rpcs.get(rpc)?.requestType;
  if (type === undefined) return new Uint8Array();
  return typesWithSecrets(api).has(type) ? encodeMessage(api, type, redactRequest(rpc, request, api)) : requestBytes;
}

const withSecrets = new Map<ApiVersion, ReadonlySet<string>>();

function typesWithSecrets(api: ApiVersion): ReadonlySet<string> {
  const known = withSecrets.get(api);
  if (known !== undefined) return known;
  const types = typesLeadingTo(criSchema(api), new Set(["AuthConfig"]));
  withSecrets.set(api, types);
  return types;
}

function redactMessage(schema: CriSchema, type: string, message: Message): Message {
  const copy: Message = {};
  for (const [name, value] of Object.entries(message)) {
    const field = schema.messages.get(type)?.fields.get(name);
    if (type === "AuthConfig" && secretFields.has(name)) copy[name] = typeof value === "string" && value !== "" ? blank : value;
    else if (field?.type.kind !== "message") copy[name] = value;
    else copy[name] = redactNested(schema, field.type.name, field.label, value);
  }
  return copy;
}

function redactNested(schema: CriSchema, type: string, label: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => redactNested(schema, type, "single", item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (label !== "map") return redactMessage(schema, type, Object.fromEntries(entries));
  return Object.fromEntries(entries.map(([key, item]) => [key, redactNested(schema, type, "single", item)]));
}
