/** What the proto says, read once: the one source of names, numbers and types for client, suites and CEL. */
import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import type { ApiVersion } from "./message.ts";

/** The type of a field. Message and enum names are without the package. */
export interface FieldType {
  readonly kind: "scalar" | "enum" | "message";
  readonly name: string;
}

/** A field of a message. A map is `map<string, type>`. */
export interface FieldSchema {
  readonly name: string;
  readonly number: number;
  readonly label: "single" | "repeated" | "map";
  readonly type: FieldType;
}

/** A message; nested names are dotted. */
export interface MessageSchema {
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldSchema>;
}

/** An enum; a nested one is named `SecurityProfile.ProfileType`. */
export interface EnumSchema {
  readonly name: string;
  readonly values: ReadonlyMap<string, number>;
}

/** One call. `path` is the HTTP/2 path. */
export interface RpcSchema {
  readonly name: string;
  readonly service: "RuntimeService" | "ImageService";
  readonly path: string;
  readonly requestType: string;
  readonly responseType: string;
  readonly serverStream: boolean;
}

/** All of one version of CRI. */
export interface CriSchema {
  readonly api: ApiVersion;
  readonly messages: ReadonlyMap<string, MessageSchema>;
  readonly enums: ReadonlyMap<string, EnumSchema>;
  readonly rpcs: ReadonlyMap<string, RpcSchema>;
}

const loaded = new Map<ApiVersion, CriSchema>();

/** The schema of one CRI version, parsed when first asked for. */
export function criSchema(api: ApiVersion): CriSchema {
  const known = loaded.get(api);
  if (known !== undefined) return known;
  const schema = readSchema(api);
  loaded.set(api, schema);
  return schema;
}

/** The message types that are wanted, and those that hold one of them, however deep. */
export function typesLeadingTo({ messages }: CriSchema, wanted: ReadonlySet<string>): ReadonlySet<string> {
  const leading = new Set(wanted);
  for (let before = -1; before !== leading.size;) {
    before = leading.size;
    for (const { name, fields } of messages.values()) if ([...fields.values()].some((field) => field.type.kind === "message" && leading.has(field.type.name))) leading.add(name);
  }
  return leading;
}

interface Draft {
  readonly prefix: string;
  readonly messages: Map<string, MessageSchema>;
  readonly enums: Map<string, EnumSchema>;
  readonly rpcs: Map<string, RpcSchema>;
}

function readSchema(api: ApiVersion): CriSchema {
  const text = readFileSync(new URL(`../../proto/runtime/${api}/api.proto`, import.meta.url), "utf8");
  // keepCase: the harness speaks the proto's own names, and some of them are not snake_case.
  const { root } = protobuf.parse(text, new protobuf.Root(), { keepCase: true });
  root.resolveAll();
  const draft: Draft = { prefix: `.runtime.${api}.`, messages: new Map(), enums: new Map(), rpcs: new Map() };
  collect(root.lookup(`runtime.${api}`), draft);
  return { api, messages: draft.messages, enums: draft.enums, rpcs: draft.rpcs };
}

function collect(item: protobuf.ReflectionObject | null, draft: Draft): void {
  if (item instanceof protobuf.Enum) {
    const name = localName(item.fullName, draft);
    draft.enums.set(name, { name, values: new Map(Object.entries(item.values)) });
    return;
  }
  if (item instanceof protobuf.Service) {
    collectRpcs(item, draft);
    return;
  }
  if (item instanceof protobuf.Type) {
    const name = localName(item.fullName, draft);
    const fields = item.fieldsArray.map((field) => fieldSchema(field, draft));
    draft.messages.set(name, { name, fields: new Map(fields.map((field) => [field.name, field])) });
  }
  if (item instanceof protobuf.Namespace) for (const nested of item.nestedArray) collect(nested, draft);
}

function fieldSchema(field: protobuf.Field, draft: Draft): FieldSchema {
  const label = field.map ? "map" : field.repeated ? "repeated" : "single";
  return { name: field.name, number: field.id, label, type: fieldType(field, draft) };
}

function fieldType(field: protobuf.Field, draft: Draft): FieldType {
  const resolved = field.resolvedType;
  if (resolved === null) return { kind: "scalar", name: field.type };
  return { kind: resolved instanceof protobuf.Enum ? "enum" : "message", name: localName(resolved.fullName, draft) };
}

function collectRpcs(service: protobuf.Service, draft: Draft): void {
  const owner = service.name === "ImageService" ? "ImageService" : "RuntimeService";
  for (const method of service.methodsArray) {
    draft.rpcs.set(method.name, {
      name: method.name,
      service: owner,
      path: `/${service.fullName.slice(1)}/${method.name}`,
      requestType: localName(method.resolvedRequestType?.fullName ?? method.requestType, draft),
      responseType: localName(method.resolvedResponseType?.fullName ?? method.responseType, draft),
      serverStream: method.responseStream === true,
    });
  }
}

function localName(fullName: string, draft: Draft): string {
  return fullName.startsWith(draft.prefix) ? fullName.slice(draft.prefix.length) : fullName;
}
