import { ResultsCollector, type ResultsDocument } from "./results.ts";
import type { CaseResult } from "../model/verdict.ts";
import type { Reporter, WriteText } from "./reporter.ts";
import { countsLine, explain } from "./text.ts";

/** One HTML file that needs nothing else: the target, the counts, every case with its reason, filtered by verdict. */
export function htmlReporter(write: WriteText): Reporter {
  const collector = new ResultsCollector();
  return {
    name: "html",
    onEvent: (event) => { collector.add(event); },
    close: () => {
      const document = collector.document();
      if (document !== undefined) write(page(document));
    },
  };
}

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1d2433;background:#fff}
h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #dde2ea}
pre{white-space:pre-wrap;margin:.2rem 0;font-size:13px}.v{font-weight:600;white-space:nowrap}.failed,.broken,.unexpected-pass,.not-run{color:#b00020}
.passed{color:#176b3a}.warned{color:#8a5a00}.waived,.blocked,.unsupported,.not-applicable{color:#5a6475}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}
dt{color:#5a6475}dd{margin:0}@media(prefers-color-scheme:dark){body{background:#14171d;color:#e4e8ef}td,th{border-color:#303744}.passed{color:#6fd39a}.failed,.broken,.unexpected-pass,.not-run{color:#ff8a8a}.warned{color:#f0c060}}`;

const script = `const pick=document.getElementById("verdict"),find=document.getElementById("find");
const show=()=>{for(const row of document.querySelectorAll("tbody tr")){row.hidden=(pick.value!==""&&row.dataset.verdict!==pick.value)||!row.textContent.toLowerCase().includes(find.value.toLowerCase())}};
pick.addEventListener("change",show);find.addEventListener("input",show);`;

function page({ run, summary, cases }: ResultsDocument): string {
  const facts = [["Runtime", `${run.runtimeName} ${run.runtimeVersion}`], ["Endpoint", run.endpoint], ["API", run.api], ["Contract", run.contract],
    ["Handler", run.handler], ["Profile", run.profile], ["Run", run.runId], ["Verdicts", countsLine(summary.counts)], ["Exit code", String(summary.exitCode)]];
  const verdictsSeen = [...new Set(cases.map((item) => item.verdict))];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>criteria: ${escape(run.runtimeName)} ${escape(run.runtimeVersion)}</title><style>${style}</style></head>
<body><h1>criteria: ${escape(run.runtimeName)} ${escape(run.runtimeVersion)}</h1>
<dl>${facts.filter(([, value]) => value !== "").map(([name = "", value = ""]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`).join("")}</dl>
<p><label>Verdict <select id="verdict"><option value="">all</option>${verdictsSeen.map((item) => `<option>${item}</option>`).join("")}</select></label>
<label>Find <input id="find" type="search"></label></p>
<table><thead><tr><th>Verdict</th><th>Case</th><th>Requirements</th><th>Time</th></tr></thead><tbody>
${cases.map(row).join("\n")}
</tbody></table><script>${script}</script></body></html>
`;
}

function row(result: CaseResult): string {
  const why = result.verdict === "passed" ? "" : `<pre>${escape(explain(result))}</pre>`;
  return `<tr data-verdict="${result.verdict}"><td class="v ${result.verdict}">${result.verdict}</td><td><b>${escape(result.id)}</b><br>${escape(result.about)}${why}</td>` +
    `<td>${result.requirements.map(escape).join("<br>")}</td><td>${(result.durationMs / 1000).toFixed(2)} s</td></tr>`;
}

function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
