/** Images for cases: each in a repository of its own, with content of its own, so that removing one hits no other. */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { HarnessError } from "../model/errors.ts";
import type { Blob, Image, ImageConfig } from "./builder.ts";
import { buildImage, buildIndex, buildLayer, textEntry } from "./builder.ts";
import { hostArchitecture } from "./probe-binary.ts";
import type { AuthConfig } from "./registry-auth.ts";
import { parseFault } from "./registry-faults.ts";
import type { Registry, RegistryRequest, RepositoryOptions } from "./registry-server.ts";
import type { TarEntry } from "./tar.ts";

/** The `image` fixture's keys that shape content and service. Integers may be bigint. */
export interface TestImageSpec {
  readonly config?: ImageConfig;
  readonly files?: Readonly<Record<string, string>>;
  readonly layers?: { readonly count: number | bigint; readonly size: number | bigint | string };
  readonly names?: readonly string[];
  readonly auth?: boolean | "basic" | "token";
  readonly fault?: unknown;
  /** Several platforms under one index, in this order: `host`, or another such as `linux/s390x`, whose image has the user `foreign`. */
  readonly platforms?: readonly string[];
  /** So many images, one after the other under the same names: each pull gets the next. */
  readonly revisions?: number | bigint;
}

export interface TestImage {
  readonly ref: string;
  readonly refs: readonly string[];
  readonly digest: string;
  readonly digest_ref: string;
  readonly credentials: Readonly<Record<string, AuthConfig>>;
  requests(): readonly RegistryRequest[];
  /** Serves an image for this host under the same names; there for an index that has none. */
  readonly makeUsable?: () => void;
  /** Stops serving it. */
  remove(): void;
}

export interface TestImages {
  readonly probeRef: string;
  readonly probeImage: Image;
  make(spec: TestImageSpec): TestImage;
}

/** Name under which a runtime may be given its sandbox image from an archive. */
export const pauseRef = "criteria.local/pause:1";

const probeRepository = "criteria/probe";
const probeTag = "1";

/** The probe's image in the registry at this host. */
export function probeRefAt(host: string): string {
  return `${host}/${probeRepository}:${probeTag}`;
}

const passwd = [
  "root:x:0:0:root:/root:/probe", "www-data:x:33:33:www-data:/var/www:/probe", "u1000:x:1000:1000:u1000:/tmp:/probe",
  "u1002:x:1002:1002:u1002:/tmp:/probe", "nobody:x:65534:65534:nobody:/:/probe", "",
].join("\n");
const group = ["root:x:0:", "www-data:x:33:", "u1000:x:1000:", "u1002:x:1002:", "nogroup:x:65534:", ""].join("\n");
const directories: readonly (readonly [path: string, mode: number])[] = [
  ["dev", 0o755], ["etc", 0o755], ["proc", 0o755], ["root", 0o700], ["sys", 0o755], ["tmp", 0o1777], ["var", 0o755], ["run", 0o755],
];

/** The image of the probe alone. Without a binary a placeholder stands in, enough for a runtime that simulates. */
export function buildProbeImage(probe: Uint8Array | null, config: ImageConfig = {}, more: readonly (readonly TarEntry[])[] = [], architecture = hostArchitecture()): Image {
  return buildImage({
    platform: { os: "linux", architecture },
    config: { Env: ["PATH=/"], Entrypoint: ["/probe"], Cmd: ["pause"], WorkingDir: "/", ...config },
    layers: [baseLayer(probe ?? placeholder), ...more.map(buildLayer)],
  });
}

const placeholder = Buffer.from("placeholder\n");
const baseLayers = new WeakMap<Uint8Array, Blob>();

/** Some megabytes that hundreds of images begin with: packed and hashed once for each probe. */
function baseLayer(probe: Uint8Array): Blob {
  const known = baseLayers.get(probe) ?? buildLayer([
    ...directories.map(([path, mode]): TarEntry => ({ path, type: "directory", mode })),
    { path: "probe", type: "file", mode: 0o755, content: probe },
    textEntry("etc/passwd", passwd),
    textEntry("etc/group", group),
  ]);
  baseLayers.set(probe, known);
  return known;
}

/** Serves the probe's image and makes others from it. */
export function createTestImages(with_: { readonly registry: Registry; readonly probe: Uint8Array | null; readonly runId?: string }): TestImages {
  const { registry, probe } = with_;
  const run = with_.runId ?? randomBytes(6).toString("hex");
  // A label of the run gives the image an id of its own: removing it by any name removes all of its names, also those of
  // another run beside this one.
  const probeImage = buildProbeImage(probe, { Labels: { "io.criteria.run": run } });
  registry.add(probeImage, probeRepository, [probeTag]);
  let made = 0;
  return {
    probeRef: probeRefAt(registry.host),
    probeImage,
    make: (spec) => {
      made += 1;
      return serve(registry, probe, `criteria-${run}/${made}`, spec);
    },
  };
}

function serve(registry: Registry, probe: Uint8Array | null, home: string, spec: TestImageSpec): TestImage {
  const image = buildRevision(probe, spec, home);
  const names = (spec.names ?? ["image:1"]).map(splitName);
  const auth = spec.auth === true ? "token" : spec.auth || undefined;
  const options = { ...(auth === undefined ? {} : { auth }), ...(spec.fault === undefined ? {} : { fault: parseFault(spec.fault) }) };
  const repositories = [...new Set(names.map(([name]) => `${home}/${name}`))];
  const addAll = (one: Image, how?: RepositoryOptions): void => {
    for (const [name, tag] of names) registry.add(one, `${home}/${name}`, [tag], how);
  };
  addAll(image, options);
  serveRevisions(registry, image, spec, { home, names, build: (own) => buildRevision(probe, spec, own) });
  const [repository] = repositories;
  const [first] = names;
  if (repository === undefined || first === undefined) throw new HarnessError("USAGE", "an image needs a name", { hint: 'Give names such as ["one:a"], or none.' });
  const refs = names.map(([name, tag]) => `${registry.host}/${home}/${name}:${tag}`);
  return {
    ref: `${registry.host}/${repository}:${first[1]}`,
    refs,
    digest: image.root.digest,
    digest_ref: `${registry.host}/${repository}@${image.root.digest}`,
    credentials: registry.credentials(repository),
    ...(spec.platforms === undefined || spec.platforms.includes("host") ? {} : { makeUsable: () => addAll(buildRevision(probe, { ...spec, platforms: ["host"] }, home)) }),
    requests: () => repositories.flatMap((name) => registry.requests(name)),
    remove: () => repositories.forEach((name) => registry.remove(name)),
  };
}

function buildRevision(probe: Uint8Array | null, spec: TestImageSpec, home: string): Image {
  const config = uniqueConfig(spec.config ?? {}, home);
  const layers = extraLayers(spec, home);
  if (spec.platforms === undefined) return buildProbeImage(probe, config, layers);
  return buildIndex(spec.platforms.map((written) => {
    const [os = "", architecture = ""] = written === "host" ? ["linux", hostArchitecture()] : written.split("/");
    return { platform: { os, architecture }, image: buildProbeImage(probe, written === "host" ? config : { ...config, User: "foreign" }, layers, architecture) };
  }));
}

interface Revising {
  readonly home: string;
  readonly names: readonly (readonly [repository: string, tag: string])[];
  build(home: string): Image;
}

/** Each revision follows as soon as the config of the one before was fetched. */
function serveRevisions(registry: Registry, first: Image, spec: TestImageSpec, { home, names, build }: Revising): void {
  let before = first;
  for (let number = 2; number <= Number(spec.revisions ?? 1); number++) {
    const next = build(`${home}-${number}`);
    for (const [name, tag] of names) registry.moveAfter(before.configs[0]?.digest ?? "", next, `${home}/${name}`, [tag]);
    before = next;
  }
}

function uniqueConfig(config: ImageConfig, home: string): ImageConfig {
  const labels = config["Labels"];
  return { ...config, Labels: { ...(typeof labels === "object" ? labels : {}), "criteria.image": home } };
}

function extraLayers(spec: TestImageSpec, home: string): TarEntry[][] {
  const own = Object.entries(spec.files ?? {}).map(([path, text]) => textEntry(path.replace(/^\/+/, ""), text));
  const layers = [[...own, textEntry("criteria-image", `${home}\n`)]];
  const size = bytesOf(spec.layers?.size ?? 0);
  for (let index = 0; index < Number(spec.layers?.count ?? 0); index++) {
    layers.push([{ path: `layer-${index}`, type: "file", mode: 0o644, content: filler(size, `${home} ${index}\n`) }]);
  }
  return layers;
}

function filler(size: number, word: string): Buffer {
  return size === 0 ? Buffer.from(word) : Buffer.alloc(size, word);
}

function splitName(name: string): [repository: string, tag: string] {
  const [repository = "", tag = "latest"] = name.split(":");
  return [repository, tag];
}

function bytesOf(size: number | bigint | string): number {
  const parts = /^(\d+)(KiB|MiB|GiB)?$/.exec(String(size));
  if (parts === null) throw new HarnessError("USAGE", `not a size: ${String(size)}`, { hint: "Write a size such as 8MiB." });
  const units = new Map([["KiB", 2 ** 10], ["MiB", 2 ** 20], ["GiB", 2 ** 30]]);
  return Number(parts[1]) * (units.get(parts[2] ?? "") ?? 1);
}
