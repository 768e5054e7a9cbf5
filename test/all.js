// The test command: unit and contract tests, then the suites against the embedded runtime and, where the
// environment names their sockets, against both real containerds. Ends with `N passed, N failed, N skipped`.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = new URL("../", import.meta.url).pathname;
const out = mkdtempSync(join(tmpdir(), "criteria-test-"));
const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed, printed again at the end: in CI the beginning of a long log is often cut away. */
const failures = [];
/** What lets cases restart a containerd that start-containerd.sh started, and make its network fail. */
function hooksOf(socket) {
  const folder = dirname(socket);
  if (!existsSync(join(folder, "env"))) return [];
  return ["--restart-command", `bash ${join(root, "test/runtimes/restart-containerd.sh")} ${folder} {how}`, "--cni-conf-dir", join(folder, "cni"), "--cni-bin-dir", join(folder, "cni-bin")];
}

/** Cases in which a handler's runc has a part; the rest is the daemon's, and judged with the default handler. */
const ofTheHandler = "process.*,security.*,namespace.*,mount.*,resources.*,container.device*,container.cdi*,container.exit*,container.exec-sync*,container.st*,invariant.*";

/** Real runtimes: variable with the socket, waivers, and the handlers to judge (empty: the default one). */
const runtimes = [
  { name: "containerd 2.4", variable: "CRITERIA_TEST_CONTAINERD_2_4", waivers: "containerd-2.4.yaml", handlers: ["", "runc-debian"] },
  { name: "containerd 1.6", variable: "CRITERIA_TEST_CONTAINERD_1_6", waivers: "containerd-1.6.yaml", handlers: [""] },
];

function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

/** Verdicts that fail a run. */
const bads = new Set(["failed", "unexpected-pass", "broken"]);

function add({ passed, failed, skipped }) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

async function unit() {
  console.log("\n== unit and contract tests");
  const report = join(out, "unit.json");
  const code = await run(["node_modules/mocha/bin/mocha.js", "--reporter", "test/reporter.cjs", "--reporter-option", `output=${report}`]);
  const { passes, failures: failing, pending, failed } = JSON.parse(readFileSync(report, "utf8"));
  add({ passed: passes, failed: code === 0 ? failing : Math.max(1, failing), skipped: pending });
  failures.push(...failed);
  if (code !== 0 && failed.length === 0) failures.push(`mocha ended with ${code}`);
}

async function suites(title, name, args) {
  console.log(`\n== suites on ${title}`);
  const dir = join(out, name);
  const command = ["dist/cli/main.js", "run", "--out", dir, "--no-color", ...args];
  const code = await run(command);
  const { summary, cases } = readResults(dir);
  const counts = summary.counts;
  const bad = [...bads].reduce((sum, verdict) => sum + (counts[verdict] ?? 0), 0);
  const good = (counts.passed ?? 0) + (counts.warned ?? 0) + (counts.waived ?? 0);
  const skipped = (counts.unsupported ?? 0) + (counts.blocked ?? 0) + (counts["not-applicable"] ?? 0);
  // A run that ends badly without a bad case still is a failure. An invariant that saw no message is `not-run` and counts for nothing.
  add({ passed: good, failed: code === 0 ? bad : Math.max(1, bad), skipped });
  const broke = cases.filter((entry) => bads.has(entry.verdict));
  for (const { verdict, id, reason, leftovers } of broke) failures.push([`${title}: ${verdict} ${id}: ${reason}`, ...leftovers].join("\n    "));
  if (code !== 0 && broke.length === 0) failures.push(`${title}: criteria run ended with ${code}`);
}

/** The results of a run that could be read, or none at all: its exit code then counts as the failure. */
function readResults(dir) {
  try {
    return JSON.parse(readFileSync(join(dir, "results.json"), "utf8"));
  } catch (error) {
    console.log(`no results: ${error.message}`);
    return { summary: { counts: {} }, cases: [] };
  }
}

/** Can each check fail, and does none forbid what the contract allows? Samples: docs/mutation.md has the whole. */
async function mutation(title, args) {
  console.log(`\n== mutation: ${title}`);
  const code = await run(["dist/cli/main.js", "mutation", ...args]);
  add({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });
  if (code !== 0) failures.push(`mutation: ${title}: ended with ${code}`);
}

await unit();
await suites("the embedded runtime", "embedded", ["--embedded"]);
await mutation("a sample on the reference runtime", ["--sample", "300", "--min-score", "95"]);
await mutation("a sample of what the contract allows", ["--variations", "--sample", "4"]);
for (const { name, variable, waivers, handlers } of runtimes) {
  const socket = process.env[variable];
  if (socket === undefined) {
    console.log(`\n== suites on ${name}: skipped, ${variable} names no socket (docs/real-runtimes.md)`);
    add({ passed: 0, failed: process.env.CI === "true" ? 1 : 0, skipped: 1 });
    if (process.env.CI === "true") failures.push(`${name}: ${variable} names no socket`);
    continue;
  }
  if (waivers === "containerd-2.4.yaml") await mutation(`a sample by a proxy before ${name}`, ["--upstream", socket, "--area", "StopContainer,RemoveContainer", "--sample", "8", "--min-score", "70"]);
  for (const handler of handlers) {
    const chosen = handler === "" ? [] : ["--runtime-handler", handler, "--only", ofTheHandler];
    await suites(`${name} ${handler}`.trim(), `${variable}${handler}`, ["--runtime-endpoint", `unix://${socket}`, "--waivers", `suites/waivers/${waivers}`, ...hooksOf(socket), ...chosen]);
  }
}
rmSync(out, { recursive: true, force: true });
if (failures.length > 0) console.log(`\n== what failed\n${failures.map((text) => `- ${text}`).join("\n")}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
