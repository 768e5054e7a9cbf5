import { expect } from "chai";
import { describe, it } from "mocha";
import { loadCatalog } from "../../catalog/load.ts";
import { Problems } from "../../catalog/problems.ts";
import { sourceOf } from "../../catalog/source.ts";
import type { Message } from "../../cri/message.ts";
import { CallError } from "../../reference-runtime/call-error.ts";
import { mutateCall, mutateStreamed, type Mutator } from "../../reference-runtime/mutators/mutator.ts";
import { mutatorsOf } from "./fault.ts";
import { idsOf, together, togetherId, writtenMutants, writtenVariations } from "./read.ts";
import { readFault } from "./spec.ts";

function fault(yaml: string): { readonly mutators: readonly Mutator[]; readonly touched: () => number } {
  const problems = new Problems();
  const source = sourceOf(yaml, "fault.yaml", problems);
  const spec = readFault(source.value, { source, problems, path: [] });
  problems.throwIfAny();
  let touched = 0;
  return { mutators: mutatorsOf(spec, () => { touched += 1; }), touched: () => touched };
}

const containers = [{ id: "a", state: "CONTAINER_RUNNING" }, { id: "b", state: "CONTAINER_EXITED" }];

function call(mutators: readonly Mutator[], rpc: string, request: Message, calls: string[] = []): Promise<Message> {
  return mutateCall(request, mutators, rpc, (name, asked) => {
    calls.push(`${name} ${String(asked["container_id"] ?? "")}`);
    if (asked["container_id"] === "none") throw new CallError("NOT_FOUND", "no such container");
    return Promise.resolve(name === "ListContainers" ? { containers } : { status: { id: asked["container_id"], state: "CONTAINER_RUNNING", exit_code: 7n } });
  });
}

describe("written mutants and variations", () => {
  it("are many, and break requirements that are there", () => {
    const { requirements } = loadCatalog();
    expect(writtenMutants().length).to.be.at.least(25);
    expect(writtenVariations().length).to.be.at.least(40);
    expect(writtenMutants().flatMap(({ id, breaks = [] }) => breaks.filter((one) => !requirements.has(one)).map((one) => `${id}: ${one}`))).to.deep.equal([]);
  });

  it("differ in all ways at once when they are put together", async () => {
    const wanted = ["list-containers-reversed", "other-error-texts"].flatMap((id) => writtenVariations().filter((variation) => variation.id === id));
    const both = together(wanted);
    expect(both.id).to.equal(togetherId(wanted)).and.equal("list-containers-reversed+other-error-texts");
    expect(idsOf(both.id)).to.deep.equal(wanted.map(({ id }) => id));
    expect(both.rpcs).to.include.members(wanted.flatMap(({ rpcs }) => rpcs));
    expect(await call(both.make(), "ListContainers", {})).to.deep.equal({ containers: containers.toReversed() });
    const refused = await call(both.make(), "ContainerStatus", { container_id: "none" }).catch((error: unknown) => error);
    expect(refused).to.have.property("message").that.does.not.contain("no such container");
  });

  it("tell a fault that nobody understands", () => {
    expect(() => fault("{ rpc: ListContainer, delay: soon, colour: red }")).to.throw(/no 'colour'.*\n.*duration.*\n.*no RPC 'ListContainer'/s);
  });
});

describe("a written fault", () => {
  it("changes answers, items of lists and errors", async () => {
    expect(await call(fault("{ rpc: ContainerStatus, response: { status: { exit_code: 0, state: null } } }").mutators, "ContainerStatus", { container_id: "a" })).to.deep.equal({ status: { id: "a", exit_code: 0n } });
    expect(await call(fault("{ rpc: ListContainers, items: { of: containers, keep: item.id != 'a', each: { image_id: x } } }").mutators, "ListContainers", {})).to.deep.equal({ containers: [{ ...containers[1], image_id: "x" }] });
    const refused = await call(fault("{ rpc: ContainerStatus, error: { of: NOT_FOUND, code: UNKNOWN } }").mutators, "ContainerStatus", { container_id: "none" }).catch((error: unknown) => error);
    expect(refused).to.include({ status: "UNKNOWN", message: "no such container" });
    const reworded = fault('{ rpc: ContainerStatus, error: { message: "${error.code}: ${error.message.size() > 3 ? \'other\' : error.message}" } }');
    expect(await call(reworded.mutators, "ContainerStatus", { container_id: "none" }).catch((error: unknown) => error)).to.include({ message: "NOT_FOUND: other" });
  });

  it("asks when its condition holds, and tells whether it did", async () => {
    const odd = fault("{ rpc: StopContainer, when: count % 2 == 1, fail: ABORTED }");
    const calls: string[] = [];
    expect(await call(odd.mutators, "StopContainer", {}, calls).catch((error: unknown) => error)).to.include({ status: "ABORTED" });
    await call(odd.mutators, "StopContainer", {}, calls);
    expect([calls, odd.touched()]).to.deep.equal([["StopContainer "], 1]);
  });

  it("asks and does other things beside the call", async () => {
    const { mutators } = fault("{ rpc: RemoveContainer, ask: { all: { ListContainers: {} } }, when: all.containers.size() == 2, also: [{ StopContainer: { container_id: '${all.containers[1].id}' } }] }");
    const calls: string[] = [];
    await call(mutators, "RemoveContainer", { container_id: "a" }, calls);
    expect(calls).to.deep.equal(["ListContainers ", "RemoveContainer a", "StopContainer b"]);
  });

  it("counts calls under way, and remembers", async () => {
    const busy = fault("{ rpc: StopContainer, when: overlap > 0, fail: ABORTED }").mutators;
    const both = await Promise.allSettled([call(busy, "StopContainer", {}), call(busy, "StopContainer", {})]);
    expect(both.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected"]);
    const calls: string[] = [];
    const stale = fault("{ rpc: ContainerStatus, stale: 1m }").mutators;
    for (const id of ["a", "a", "b"]) await call(stale, "ContainerStatus", { container_id: id }, calls);
    expect(calls).to.deep.equal(["ContainerStatus a", "ContainerStatus b"]);
  });

  it("drops and doubles what a stream sends", async () => {
    const lossy = fault("{ rpc: GetContainerEvents, drop: count % 2 == 0 }").mutators;
    expect([await mutateStreamed({ n: 1n }, {}, lossy), await mutateStreamed({ n: 2n }, {}, lossy)]).to.deep.equal([[{ n: 1n }], []]);
    expect(await mutateStreamed({ n: 1n }, {}, fault("{ rpc: GetContainerEvents, twice: response.n == 1 }").mutators)).to.deep.equal([{ n: 1n }, { n: 1n }]);
  });
});
