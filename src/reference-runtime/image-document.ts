import { refuse } from "./call-error.ts";

/** The parts of an OCI image config that this runtime uses. */
export interface ImageConfig {
  readonly user: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDir: string;
  readonly stopSignal: string;
}

export interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

export interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

type Json = ReadonlyMap<string, unknown>;

/** The manifest in the document, or the descriptor of the one that an index holds for this platform. */
export function readManifest(body: Buffer): Manifest | Descriptor {
  const document = parse(body);
  const entries = items(document, "manifests");
  if (entries.length > 0) return pickPlatform(entries);
  const layers = items(document, "layers");
  return { config: descriptor(object(document.get("config"))), layers: layers.map(descriptor) };
}

/** The config document of an image. */
export function readConfig(body: Buffer): ImageConfig {
  const config = object(parse(body).get("config"));
  return {
    user: string(config, "User"), workingDir: string(config, "WorkingDir"), stopSignal: string(config, "StopSignal"),
    env: strings(config, "Env"), entrypoint: strings(config, "Entrypoint"), command: strings(config, "Cmd"),
  };
}

function pickPlatform(entries: readonly Json[]): Descriptor {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const found = entries.find((entry) => {
    const platform = object(entry.get("platform"));
    return string(platform, "os") === "linux" && string(platform, "architecture") === architecture;
  });
  return found === undefined ? refuse("NOT_FOUND", `the index has no manifest for linux/${architecture}`) : descriptor(found);
}

function descriptor(json: Json): Descriptor {
  const size = json.get("size");
  const digest = string(json, "digest");
  if (!/^sha256:[0-9a-f]{64}$/.test(digest) || typeof size !== "number") return refuse("UNKNOWN", "the manifest has a malformed descriptor");
  return { digest, size, mediaType: string(json, "mediaType") };
}

function parse(body: Buffer): Json {
  try {
    return object(JSON.parse(body.toString("utf8")));
  } catch {
    return refuse("UNKNOWN", "the registry sent a document that is no JSON");
  }
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? new Map<string, unknown>(Object.entries(value)) : new Map<string, unknown>();
}

function items(json: Json, key: string): Json[] {
  const value = json.get(key);
  return Array.isArray(value) ? value.map(object) : [];
}

function string(json: Json, key: string): string {
  const value = json.get(key);
  return typeof value === "string" ? value : "";
}

function strings(json: Json, key: string): string[] {
  const value = json.get(key);
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
