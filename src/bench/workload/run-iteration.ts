import { setTimeout as sleep } from "node:timers/promises";
import { renderTemplate } from "../../cel/api.ts";
import type { Message } from "../../cri/message.ts";
import type { Answer } from "../../cri/client.ts";
import { HarnessError } from "../../model/errors.ts";
import { type Iteration, timingOf } from "../iteration.ts";
import { FixtureFailure, makeFixtures } from "./fixtures.ts";
import { takeImages } from "./lanes.ts";
import { measures } from "./measures/measures.ts";
import type { Lane, WorkloadPlan, WorkloadStep } from "./plan.ts";

type Values = Record<string, unknown>;

/** One pass through a plan. What goes wrong with the runtime is in the samples; the steps behind it are left out. */
export async function runIteration(plan: WorkloadPlan, iteration: Iteration, index: number, lane?: Lane): Promise<void> {
  try {
    const bindings = await given(plan, iteration, index, lane);
    if (bindings === undefined) return;
    for (const step of plan.steps) if (!(await runStep(step, bindings, iteration))) break;
  } finally {
    await iteration.undo();
  }
}

async function given(plan: WorkloadPlan, iteration: Iteration, index: number, lane: Lane | undefined): Promise<Values | undefined> {
  const bindings: Values = { ...plan.bindings, index: BigInt(index) };
  if (plan.given.length === 0) return bindings;
  try {
    const serveImage = lane === undefined ? {} : { serveImage: await takeImages(lane, iteration) };
    return await makeFixtures(plan.given, bindings, { settings: iteration.context.settings, call: (rpc, request) => iteration.call(rpc, request), ...serveImage });
  } catch (thrown) {
    if (!(thrown instanceof FixtureFailure)) throw thrown;
    const { answer } = thrown;
    // A run that counts no errors because nothing could begin would be a lie.
    if (answer !== undefined && !iteration.wasCutOff(answer)) iteration.record("given", timingOf(answer));
    return undefined;
  }
}

/** Answers whether the iteration goes on. */
async function runStep(step: WorkloadStep, bindings: Values, iteration: Iteration): Promise<boolean> {
  if (step.verb === "mark") {
    iteration.mark(step.series, step.since);
    return true;
  }
  const input: Message = Object(render(step.input, bindings));
  if (step.verb === "think") {
    // Spread, because timers of one millisecond fire together, and calls that begin together wait for each other.
    await sleep(Number(input["ms"]) * (0.5 + Math.random()));
    return true;
  }
  const measure = Object.hasOwn(measures, step.verb) ? measures[step.verb] : undefined;
  if (measure === undefined) return runCall(step, input, bindings, iteration);
  const found = await measure({ values: input, iteration, deadlineMs: step.deadlineMs ?? iteration.context.deadlineMs });
  if (found === undefined) return false;
  if ("since" in found) iteration.mark(step.series, found.since, found.endedMs, found.code);
  else iteration.record(step.series, found);
  return accepted(step, found.code);
}

async function runCall(step: WorkloadStep, input: Message, bindings: Values, iteration: Iteration): Promise<boolean> {
  const answer: Answer | undefined = step.measured ? await iteration.time(step.verb, input, step.series, step.deadlineMs) : await iteration.call(step.verb, input, step.deadlineMs);
  if (answer === undefined) return false;
  if (step.as !== undefined) bindings[step.as] = answer.responses[0] ?? {};
  if (accepted(step, answer.code)) return true;
  // What ends an iteration is told, measured or not: a load without errors would else be the one that never came further.
  if (!step.measured && !iteration.wasCutOff(answer)) iteration.record(step.series, timingOf(answer));
  return false;
}

function accepted(step: WorkloadStep, code: string): boolean {
  const codes = step.codes ?? ["OK"];
  return codes.includes("any") || codes.includes(code);
}

const path = /^\$\{\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*\}$/;

/** Fills in `${…}`. What is a path alone, as nearly all is, needs no CEL: that costs less beside the load. */
export function render(template: unknown, bindings: Values): unknown {
  if (typeof template === "string") {
    const match = path.exec(template)?.[1];
    return match === undefined ? renderTemplate(template, bindings) : lookUp(match, bindings);
  }
  if (Array.isArray(template)) return template.map((item: unknown) => render(item, bindings));
  // Bytes and the like are values, not mappings of templates.
  if (typeof template !== "object" || template === null || Object.getPrototypeOf(template) !== Object.prototype) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]: [string, unknown]) => [key, render(value, bindings)]));
}

function lookUp(name: string, bindings: Values): unknown {
  let value: unknown = bindings;
  for (const key of name.split(".")) {
    const next: unknown = typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Object(value)[key] : undefined;
    if (next === undefined) throw new HarnessError("SUITE_INVALID", `\${${name}} has no value here`, { hint: "Look at what the step before it answered." });
    value = next;
  }
  return value;
}
