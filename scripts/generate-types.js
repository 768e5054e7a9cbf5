/**
 * Generates TypeScript types of the CRI messages from the protos, into src/cri/generated (not in git).
 *
 * `npm run build` calls it each time, so it does nothing while proto, tool and options are as they were.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const outDir = join(root, "src/cri/generated");
const versions = ["v1", "v1alpha2"];
const options = [
  "--keepCase", "--longs=String", "--enums=String", "--grpcLib=@grpc/grpc-js",
  "--targetFileExtension=.ts", "--importFileExtension=.ts",
];

const toolPackage = createRequire(import.meta.url).resolve("@grpc/proto-loader/package.json");
const tool = JSON.parse(readFileSync(toolPackage, "utf8"));
const program = join(dirname(toolPackage), tool.bin["proto-loader-gen-types"]);

for (const version of versions) generate(version);

/** Into a folder of its own first: who stops half-way leaves no half of the types behind. */
function generate(version) {
  const target = join(outDir, version);
  const wanted = stampOf(version);
  const stampFile = join(target, ".stamp");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return;
  const fresh = join(outDir, `.${version}-${process.pid}`);
  mkdirSync(fresh, { recursive: true });
  try {
    const protoDir = `proto/runtime/${version}`;
    execFileSync(process.execPath, [program, ...options, `--includeDirs=${protoDir}`, `--outDir=${fresh}`, "--", "api.proto"], {
      cwd: root, stdio: ["ignore", "ignore", "pipe"], encoding: "utf8",
    });
    writeFileSync(join(fresh, ".stamp"), wanted);
    rmSync(target, { recursive: true, force: true });
    renameSync(fresh, target);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function stampOf(version) {
  const proto = readFileSync(join(root, `proto/runtime/${version}/api.proto`));
  return createHash("sha256").update(`${tool.version} ${options.join(" ")}\n`).update(proto).digest("hex");
}
