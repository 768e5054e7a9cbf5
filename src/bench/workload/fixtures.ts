/** Makes what a workload, or one of its iterations, is given. Never near a timer. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { merge, renderTemplate } from "../../cel/api.ts";
import type { Answer } from "../../cri/client.ts";
import type { Message } from "../../cri/message.ts";
import { HarnessError } from "../../model/errors.ts";
import { textOf } from "../iteration.ts";
import { containerConfig, type ObjectSettings, podConfig } from "../objects.ts";
import type { ServedRef, WorkloadFixture } from "./plan.ts";

/** Serves an image of a workload's own. */
export type ServeImage = (keys: Readonly<Record<string, unknown>>) => ServedRef;

export interface FixtureMaker {
  readonly settings: ObjectSettings;
  readonly call: (rpc: string, request: Message) => Promise<Answer | undefined>;
  readonly serveImage?: ServeImage;
}

/** A fixture could not be made: data, where an iteration was given it. */
export class FixtureFailure extends Error {
  readonly answer: Answer | undefined;

  constructor(message: string, answer?: Answer) {
    super(message);
    this.answer = answer;
  }
}

type Values = Record<string, unknown>;

const atOnce = 4;

/** Makes all in the order written; answers what stands for them in `${…}`. */
export async function makeFixtures(given: readonly WorkloadFixture[], bindings: Readonly<Values>, maker: FixtureMaker): Promise<Values> {
  const values: Values = { ...bindings };
  for (const fixture of given) {
    const value = fixture.count === undefined ? await makeOne(fixture, values, maker) : await makeSeveral(fixture, values, maker);
    values[fixture.variable] = fixture.key === undefined ? value : { ...Object(values[fixture.variable]), [fixture.key]: value };
  }
  return values;
}

async function makeSeveral(fixture: WorkloadFixture, bindings: Values, maker: FixtureMaker): Promise<Values[]> {
  const total = Number(renderTemplate(fixture.count, bindings));
  const made: Values[] = [];
  while (made.length < total) {
    const size = Math.min(atOnce, total - made.length);
    // All of them have ended when the first failure is told: whoever undoes then knows of everything that was made.
    const settled = await Promise.allSettled(Array.from({ length: size }, (_, at) => makeOne(fixture, { ...bindings, index: BigInt(made.length + at) }, maker)));
    for (const one of settled) if (one.status === "rejected") throw one.reason;
    made.push(...settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
  }
  return made;
}

async function makeOne(fixture: WorkloadFixture, bindings: Values, maker: FixtureMaker): Promise<Values> {
  const keys: Values = Object(renderTemplate(fixture.keys, bindings));
  switch (fixture.kind) {
    case "pod": return pod(keys, maker);
    case "container": return container(keys, bindings, maker);
    case "image": return image(keys, maker);
  }
}

async function pod(keys: Values, maker: FixtureMaker): Promise<Values> {
  const config = over(podConfig(maker.settings), keys["config"]);
  const handler = String(keys["handler"] ?? maker.settings.handler);
  // The kubelet makes it; some runtimes do not.
  await mkdir(String(config["log_directory"]), { recursive: true });
  if (keys["state"] === "absent") return { id: "", config, handler };
  return { id: await need(maker, "RunPodSandbox", { config, runtime_handler: handler }, "pod_sandbox_id"), config, handler };
}

async function container(keys: Values, bindings: Values, maker: FixtureMaker): Promise<Values> {
  const own: Values = Object(keys["pod"] ?? bindings["pod"]);
  const sandbox: Values = Object(own["config"]);
  const run = Array.isArray(keys["run"]) ? keys["run"].map(String) : undefined;
  const given: Values = Object(keys["image"]);
  const image = keys["image"] === undefined ? {} : { image: { image: String(given["ref"] ?? keys["image"]) } };
  const config = over(over(containerConfig(maker.settings, run), image), keys["config"]);
  const value = { config, pod: own, log_path: join(String(sandbox["log_directory"] ?? maker.settings.logDir), String(config["log_path"])) };
  if (keys["state"] === "absent") return { id: "", ...value };
  const id = await need(maker, "CreateContainer", { pod_sandbox_id: own["id"], config, sandbox_config: sandbox }, "container_id");
  if (keys["state"] !== "created") await need(maker, "StartContainer", { container_id: id });
  return { id, ...value };
}

async function image(keys: Values, maker: FixtureMaker): Promise<Values> {
  if (maker.serveImage === undefined) throw new HarnessError("FIXTURE_FAILED", "a workload needs an image of its own, and nothing here serves one", { hint: "Leave out --image-registry, or leave out the workload." });
  const served = maker.serveImage(keys);
  if (keys["state"] !== "served") await need(maker, "PullImage", { image: { image: served.ref } });
  return { ...served };
}

async function need(maker: FixtureMaker, rpc: string, request: Message, field?: string): Promise<string> {
  const answer = await maker.call(rpc, request);
  if (answer?.code !== "OK") throw new FixtureFailure(`${rpc}: ${answer === undefined ? "not called" : `${answer.code} ${answer.details}`}`, answer);
  return field === undefined ? "" : textOf(answer, field) ?? "";
}

function over(base: Message, config: unknown): Message {
  return config === undefined ? base : Object(merge(base, config));
}
