/** Programs of fixtures/programs, written in Go: shipped, built before from the same source, or built when first needed. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { HarnessError, messageOf } from "../model/errors.ts";

const programs = new URL("../../fixtures/programs/", import.meta.url);
const buildDeadlineMs = 180_000;

export interface GoProgram {
  /** The folder of its source, and what it is called in messages. */
  readonly folder: string;
  /** The name before `-linux-ARCH` of a built one that is shipped in `bin`. */
  readonly shippedAs: string;
}

/** The architecture of this host in the words of images. */
export function hostArchitecture(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}

/** The bytes of the program: shipped as `bin/NAME-linux-ARCH`, built before from the same source, or built now. */
export async function goProgram(program: GoProgram, architecture: string = hostArchitecture()): Promise<Uint8Array> {
  const shipped = await readIfThere(new URL(`bin/${program.shippedAs}-linux-${architecture}`, programs));
  if (shipped !== undefined) return shipped;
  const source = new URL(`${program.folder}/`, programs);
  const target = new URL(`bin/${await sourceHash(source)}-linux-${architecture}`, programs);
  const cached = await readIfThere(target);
  if (cached !== undefined) return cached;
  await build(program, source, architecture, fileURLToPath(target));
  return readFile(target);
}

async function readIfThere(file: URL): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return undefined;
    throw thrown;
  }
}

async function sourceHash(folder: URL): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(folder)).filter((file) => /\.go$|^go\.mod$/.test(file)).sort()) {
    hash.update(`${name}\n`).update(await readFile(new URL(name, folder)));
  }
  return hash.digest("hex").slice(0, 16);
}

async function build(program: GoProgram, source: URL, architecture: string, target: string): Promise<void> {
  await mkdir(new URL("bin/", programs), { recursive: true });
  const made = `${target}.${process.pid}`;
  try {
    await promisify(execFile)("go", ["build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid=", "-o", made, "."], {
      cwd: fileURLToPath(source),
      env: { ...process.env, CGO_ENABLED: "0", GOOS: "linux", GOARCH: architecture, GOFLAGS: "", GOTOOLCHAIN: "local" },
      timeout: buildDeadlineMs,
    });
    await rename(made, target);
  } catch (cause) {
    throw new HarnessError("FIXTURE_FAILED", `${program.folder} for linux/${architecture} could not be built: ${messageOf(cause)}`, {
      hint: `Install Go 1.21 or later, or put a built one at fixtures/programs/bin/${program.shippedAs}-linux-${architecture}.`,
      cause,
    });
  }
}
