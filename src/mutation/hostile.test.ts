import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { type OpenWorkshop, openWorkshop } from "../cli/mutation-workshop.ts";
import { wireFaults } from "../reference-runtime/mutators/mutator.ts";
import { findMutant } from "./find-mutant.ts";
import { hostileMutants } from "./hostile.ts";
import { judgeMutant } from "./judge-mutant.ts";
import type { Outcome } from "./outcome.ts";

/** Calls give up after three seconds; what a case cleans up afterwards takes as long again. */
const boundMs = 60_000;
/** How much the process may grow: a stream is read up to 256 MiB, some at once, and one without a bound would bring gigabytes in these seconds. */
const boundBytes = 1024 ** 3;

describe("a hostile runtime", () => {
  let workshop: OpenWorkshop;
  let rssBefore = 0;
  before(async function () {
    this.timeout(60_000);
    rssBefore = process.memoryUsage().rss;
    workshop = await openWorkshop({});
  });
  after(() => workshop.close());

  async function judge(id: string, ...cases: string[]): Promise<Outcome> {
    return judgeMutant({ mutant: findMutant(id), cases, times: { ms: {}, invariants: [], known: [] } }, workshop);
  }

  /** Blamed is a runtime whose case has failed; `noticed` would be a case that broke. */
  function expectBlamed(outcomes: readonly Outcome[]): void {
    expect(outcomes.filter(({ fate }) => fate !== "citing" && fate !== "other").map(({ id, fate, by }) => `${id}: ${fate}: ${by}`)).to.deep.equal([]);
    expect(Math.max(...outcomes.map(({ ms }) => ms))).to.be.below(boundMs);
    expect(process.memoryUsage().rss - rssBefore).to.be.below(boundBytes);
  }

  it("is blamed for each fault of the wire, in time and with little memory", async function () {
    this.timeout(2 * boundMs);
    expectBlamed(await Promise.all(wireFaults.map((fault) => judge(`hostile.StartContainer.${fault}`, "container.start.running"))));
  });

  it("is blamed for faults in what prepares a case", async function () {
    this.timeout(2 * boundMs);
    expectBlamed(await Promise.all(["hang", "garbage", "huge", "endless", "trickle"].map((fault) => judge(`hostile.RunPodSandbox.${fault}`, "container.start.running"))));
  });

  it("is blamed for streams without end, and for URLs that lead nowhere", async function () {
    this.timeout(2 * boundMs);
    expectBlamed(await Promise.all([
      ...["hang", "garbage", "endless"].map((fault) => judge(`hostile.StreamContainers.${fault}`, "stream-list.containers.equals-unary/count=1")),
      ...["url-refused", "url-empty", "url-garbage", "url-other-scheme"].map((fault) => judge(`hostile.Exec.${fault}`, "streaming.exec.session/transport=websocket")),
    ]));
  });

  it("is blamed for a state that never changes", async function () {
    this.timeout(2 * boundMs);
    const outcome = await judge("hostile.ContainerStatus.frozen", "container.lifecycle.status-follows");
    expectBlamed([outcome]);
    // What `criteria coverage` counts as killed by a mutant.
    expect(outcome.covers).to.be.an("array").that.is.not.empty;
  });

  it("is there in each way for each RPC", () => {
    const ids = new Set(hostileMutants().map(({ id }) => id));
    expect(["hostile.Version.hang", "hostile.PortForward.url-silent", "hostile.GetContainerEvents.endless", "hostile.ListImages.frozen"].filter((id) => !ids.has(id))).to.deep.equal([]);
  });
});
