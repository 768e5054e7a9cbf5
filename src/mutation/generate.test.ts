import { expect } from "chai";
import { describe, it } from "mocha";
import { isRecord, type Message } from "../cri/message.ts";
import { generateMutants } from "./generate.ts";

const mutants = new Map(generateMutants().map((mutant) => [mutant.id, mutant]));

async function changed(id: string, message: Message): Promise<{ result: Message | undefined; touched: number }> {
  let touched = 0;
  const fault = mutants.get(id)?.make(() => { touched += 1; })[0];
  if (fault === undefined) throw new Error(`no mutant ${id}`);
  const result = fault.before === undefined ? await fault.after?.(message, {}) : fault.before(message);
  return { result, touched };
}

describe("generated mutants", () => {
  it("have unique ids, and cover each operator", () => {
    expect(mutants.size).to.equal(generateMutants().length);
    expect([...new Set([...mutants.values()].map((mutant) => mutant.operator))]).to.have.members(["rpc", "request", "response", "stream", "filter"]);
  });

  it("change one field and leave the message that they were given alone", async () => {
    const message = { status: { exit_code: 3n, state: "CONTAINER_RUNNING", id: "a" } };
    expect((await changed("response.ContainerStatus.status.exit_code.wrong", message)).result).to.deep.equal({ status: { exit_code: 4n, state: "CONTAINER_RUNNING", id: "a" } });
    expect((await changed("response.ContainerStatus.status.state.wrong", message)).result).to.deep.equal({ status: { exit_code: 3n, state: "CONTAINER_EXITED", id: "a" } });
    expect((await changed("response.ContainerStatus.status.id.missing", message)).result).to.deep.equal({ status: { exit_code: 3n, state: "CONTAINER_RUNNING", id: "" } });
    expect((await changed("response.ContainerStatus.status.missing", message)).result).to.deep.equal({});
    expect(message.status.exit_code).to.equal(3n);
  });

  it("tell units of time from others, and do not move an absent time", async () => {
    const at = { status: { created_at: 1_700_000_000_000_000_000n, started_at: 0n } };
    expect((await changed("response.ContainerStatus.status.created_at.unit", at)).result).to.deep.equal({ status: { created_at: 1_700_000_000n, started_at: 0n } });
    expect(await changed("response.ContainerStatus.status.started_at.wrong", at)).to.deep.equal({ result: at, touched: 0 });
    const stats = { stats: { memory: { working_set_bytes: { value: 7n } } } };
    expect((await changed("response.ContainerStats.stats.memory.working_set_bytes.value.unit", stats)).result).to.deep.equal({ stats: { memory: { working_set_bytes: { value: 7000n } } } });
  });

  it("reach every item of a list, and the list itself", async () => {
    const list = { containers: [{ id: "a", labels: { k: "v" } }, { id: "b", labels: {} }] };
    expect((await changed("response.ListContainers.containers.id.wrong", list)).result).to.have.nested.property("containers[1].id", "b-wrong");
    expect((await changed("response.ListContainers.containers.labels.wrong", list)).result).to.have.nested.property("containers[0].labels.k", "v-wrong");
    expect((await changed("response.ListContainers.containers.first-lost", list)).result).to.deep.equal({ containers: [list.containers[1]] });
    expect((await changed("response.ListContainers.containers.doubled", list)).result).to.deep.equal({ containers: [list.containers[0], ...list.containers] });
  });

  it("say when they change something, and only then", async () => {
    expect((await changed("request.StopContainer.timeout.dropped", { container_id: "a", timeout: 5n })).touched).to.equal(1);
    expect((await changed("request.StopContainer.timeout.dropped", { container_id: "a", timeout: 0n })).touched).to.equal(0);
  });

  it("join what each field of a filter selects", async () => {
    const fault = mutants.get("filter.ListContainers.ored")?.make(() => undefined)[0];
    const answer = await fault?.around?.({ filter: { id: "a", pod_sandbox_id: "p" } }, (request) =>
      Promise.resolve({ containers: isRecord(request["filter"]) && "id" in request["filter"] ? [{ id: "a" }] : [{ id: "a" }, { id: "b" }] }), () => Promise.resolve({}));
    expect(answer).to.deep.equal({ containers: [{ id: "a" }, { id: "b" }] });
  });

  it("reorder events in pairs", () => {
    const fault = mutants.get("stream.GetContainerEvents.reordered")?.make(() => undefined)[0];
    expect([{ n: 1n }, { n: 2n }, { n: 3n }].flatMap((event) => fault?.emit?.(event) ?? [])).to.deep.equal([{ n: 2n }, { n: 1n }]);
  });
});
