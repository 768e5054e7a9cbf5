// Runs suites again and again against one runtime: does a verdict change, and is anything left behind?
//
//   node test/repeat.js --runtime-endpoint unix://SOCKET [--runs N] [--busy N] [--strict] [--out DIR] [--watch DIR]… [-- WHAT criteria run TAKES]
//
// N runs (3 unless said), then as many more as --busy says with every core kept busy. Each case's verdict is compared with the
// first run's, and the host and the runtime before and after each run (test/repeat-audit.js says what is looked at).
// `passed` beside `waived` is what an intermittent waiver allows: told, and a fault with --strict only.
// Exit 1 when a verdict changed or something was left, 2 for wrong options; else the worst exit code of the runs.
// DIST names another build than dist/.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { leftBetween, look } from "./repeat-audit.js";

const root = new URL("../", import.meta.url).pathname;
const program = join(resolve(process.env.DIST ?? join(root, "dist")), "cli/main.js");
const options = readOptions();
const children = new Set();
let interrupted = false;

function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        "runtime-endpoint": { type: "string", short: "r" }, embedded: { type: "boolean", default: false }, runs: { type: "string", default: "3" },
        busy: { type: "string", default: "0" }, strict: { type: "boolean", default: false }, out: { type: "string" }, watch: { type: "string", multiple: true, default: [] },
      },
    });
    const endpoint = values["runtime-endpoint"];
    if ((endpoint === undefined) === !values.embedded) throw new Error("say --runtime-endpoint or --embedded");
    const [runs, busy] = [values.runs, values.busy].map(Number);
    if (!Number.isInteger(runs) || !Number.isInteger(busy) || runs < 1 || busy < 0) throw new Error("--runs and --busy are whole numbers");
    return { endpoint, runs, busy, strict: values.strict, out: values.out, watch: values.watch.map((path) => resolve(path)), rest: positionals };
  } catch (error) {
    console.error(`repeat: ${error.message}`);
    process.exit(2);
  }
}

/** Starts a process that is ended with this one. In a group of its own: a Ctrl-C at the terminal reaches it through this one only. */
function start(args, settings) {
  const child = spawn(process.execPath, args, { ...settings, detached: true });
  children.add(child);
  child.on("exit", () => children.delete(child));
  return child;
}

/** One process a core that only computes. Each looks whether its parent still lives, so that none outlives a kill -9. */
function keepBusy() {
  const spin = "const parent = process.ppid; for (;;) { for (let i = 0; i < 5e8; i++); if (process.ppid !== parent) process.exit(); }";
  const spinners = cpus().map(() => start(["-e", spin], { stdio: "ignore" }));
  return () => {
    for (const spinner of spinners) spinner.kill("SIGKILL");
  };
}

async function runOnce(dir, temp, what = options.rest) {
  const target = options.endpoint === undefined ? ["--embedded"] : ["--runtime-endpoint", options.endpoint];
  const began = performance.now();
  const child = start([program, "run", ...target, "--no-color", "--quiet", "--out", dir, ...what], { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, TMPDIR: temp } });
  const exit = await new Promise((done) => {
    child.on("error", (error) => { console.error(`repeat: ${error.message}`); done(1); });
    child.on("exit", (code) => { done(code ?? 1); });
  });
  return { exit, seconds: (performance.now() - began) / 1000 };
}

function resultsOf(dir) {
  const file = join(dir, "results.json");
  const { cases, summary } = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { cases: [], summary: { counts: {} } };
  return { cases: new Map(cases.map((item) => [item.id, item])), counts: summary.counts };
}

/** An intermittent waiver is the only thing that lets a case pass once and be waived once; a run tells of a lost runtime only where it was. */
function isAllowed(id, before, after) {
  return [before, after].sort().join(" ") === (id === "run.runtime-lost" ? "absent waived" : "passed waived");
}

function changesBetween(first, now) {
  return [...new Set([...first.keys(), ...now.keys()])].flatMap((id) => {
    const [before, after] = [first.get(id)?.verdict ?? "absent", now.get(id)?.verdict ?? "absent"];
    return before === after ? [] : [{ id, before, after, allowed: isAllowed(id, before, after), reason: now.get(id)?.reason ?? first.get(id)?.reason ?? "" }];
  });
}

/** A runtime makes folders of its own with the first container and the first mounted image that it ever has: no run has left those. */
async function warmUp() {
  const temp = mkdtempSync(join(tmpdir(), "cr-"));
  const { exit } = await runOnce(join(temp, "out"), temp, ["container.create.created", "mount.image.content"]);
  rmSync(temp, { recursive: true, force: true });
  if (exit !== 0) console.error(`repeat: before the runs, a container and a mounted image: exit ${exit}`);
}

async function judgeRun(number, kind, first) {
  const dir = join(out, String(number).padStart(2, "0"));
  // A folder of its own for what the run writes to the temporary one: whatever stays there was left by this run.
  const temp = mkdtempSync(join(tmpdir(), "cr-"));
  const before = await look({ program, endpoint: options.endpoint, watch: options.watch, temp });
  if (interrupted) {
    rmSync(temp, { recursive: true, force: true });
    return undefined;
  }
  const { exit, seconds } = await runOnce(dir, temp);
  const left = await leftBetween(before, () => look({ program, endpoint: options.endpoint, watch: options.watch, temp }));
  const results = resultsOf(dir);
  const changes = changesBetween((first ?? results).cases, results.cases);
  const isCalm = changes.length === 0 && left.length === 0;
  if (isCalm && first !== undefined) for (const file of ["events.ndjson", "report.html", "junit.xml"]) rmSync(join(dir, file), { force: true });
  if (left.length === 0) rmSync(temp, { recursive: true, force: true });
  return { number, kind, exit, seconds, left, changes, results };
}

function tell(run) {
  const counts = Object.entries(run.results.counts).map(([verdict, count]) => `${count} ${verdict}`).join(", ");
  console.log(`run ${run.number} (${run.kind}): exit ${run.exit}, ${run.seconds.toFixed(1)} s, ${counts || "no results"}`);
  for (const { id, before, after, allowed, reason } of run.changes) console.log(`  ${allowed ? "allowed" : "CHANGED"}  ${id}: ${before} -> ${after}  ${reason.slice(0, 300)}`);
  for (const item of run.left) console.log(`  LEFT     ${item}`);
}

function table(all) {
  const rows = all.map((run) => [
    run.number, run.kind, run.exit, run.seconds.toFixed(1), run.results.cases.size, run.changes.filter((one) => !one.allowed).length,
    run.changes.filter((one) => one.allowed).length, run.left.length,
  ].map(String));
  const lines = [["run", "cores", "exit", "seconds", "results", "changed", "intermittent", "left"], ...rows];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((cell, column) => cell.padStart(widths[column])).join("  ")).join("\n");
}

function flips(all) {
  const byCase = new Map();
  for (const run of all) for (const change of run.changes) byCase.set(change.id, [...(byCase.get(change.id) ?? []), `${change.after} in ${run.number}`]);
  return [...byCase].map(([id, told]) => `${id}: ${all[0].results.cases.get(id)?.verdict ?? "absent"} in 1, ${told.join(", ")}`);
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    for (const child of children) child.kill(child.spawnargs.includes(program) ? signal : "SIGKILL");
    interrupted = true;
    process.exitCode = signal === "SIGINT" ? 130 : 143;
  });
}

const out = resolve(options.out ?? mkdtempSync(join(tmpdir(), "criteria-repeat-")));
mkdirSync(out, { recursive: true });
const all = [];
if (options.endpoint !== undefined) await warmUp();
for (let number = 1; number <= options.runs + options.busy && !interrupted; number++) {
  const isBusy = number > options.runs;
  const relax = isBusy ? keepBusy() : () => {};
  const run = await judgeRun(number, isBusy ? "busy" : "idle", all[0]?.results).finally(relax);
  if (run === undefined) break;
  tell(run);
  all.push(run);
}
const changed = flips(all);
console.log(`\n${table(all)}\n${changed.length === 0 ? "" : `\n${changed.join("\n")}\n`}\nresults are in ${out}`);
const isFault = all.some((run) => run.left.length > 0 || run.changes.some((one) => options.strict || !one.allowed));
process.exitCode ||= isFault ? 1 : Math.max(...all.map((run) => run.exit));
